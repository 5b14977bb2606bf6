#include "options/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/environment.h"
#include "base/nearest.h"

namespace straddle::options {
namespace {

using O = Options;
constexpr double kMost = 2147483647;

// clang-format off
const auto kTable = std::to_array<Row>({
    {"num_ctx", &O::num_ctx, 0, kMost, "", "OLLAMA_CONTEXT_LENGTH", "tokens of context; 0: the model's, at most 4096"},
    {"num_batch", &O::num_batch, 1, 4096, "", "", "tokens of a prompt that are computed at once"},
    {"num_thread", &O::num_thread, 0, 1024, "", "", "threads; 0: the cores given to this process"},
    {"num_gpu", &O::num_gpu, -1, kMost, "", "", "the last N layers on the second device, whole, and nothing else there; -1: as is planned"},
    {"kv_type", &O::kv_type, 0, 0, "f16 f32", "OLLAMA_KV_CACHE_TYPE", "numbers of the KV cache; run: f16, logits and perplexity: f32"},
    {"num_predict", &O::num_predict, -2, kMost, "", "", "tokens to generate at most; -1: until the text ends, -2: until the context is full"},
    {"temperature", &O::temperature, 0, 1e6, "", "", "how much chance decides; 0: always the best token"},
    {"dynatemp_range", &O::dynatemp_range, 0, 1e6, "", "", "temperature moves this far up or down, by how unsure the model is; 0: off"},
    {"dynatemp_exponent", &O::dynatemp_exponent, 0, 100, "", "", "bends how temperature follows the model's unsureness"},
    {"top_k", &O::top_k, 0, kMost, "", "", "choose among the k best tokens; 0: all"},
    {"top_p", &O::top_p, 0, 1, "", "", "choose among the best tokens that together have this probability; 1: all"},
    {"min_p", &O::min_p, 0, 1, "", "", "drop tokens below this share of the best one's probability"},
    {"typical_p", &O::typical_p, 0, 1, "", "", "choose among the tokens nearest to the expected surprise that together have this probability; 1: all"},
    {"top_n_sigma", &O::top_n_sigma, -1, 1e3, "", "", "drop tokens more than n standard deviations of all logits below the best; 0 or -1: off"},
    {"xtc_probability", &O::xtc_probability, 0, 1, "", "", "how often all likely tokens but the last of them are left out; 0: never"},
    {"xtc_threshold", &O::xtc_threshold, 0, 1, "", "", "tokens from this probability on are likely to XTC; above 0.5: off"},
    {"mirostat", &O::mirostat, 0, 2, "", "", "steer to an even surprise instead of top_k, top_p and the like: 1 or 2, its version; 0: off"},
    {"mirostat_tau", &O::mirostat_tau, 0, 1e3, "", "", "the surprise that mirostat aims at, in bits a token"},
    {"mirostat_eta", &O::mirostat_eta, 0, 10, "", "", "how fast mirostat corrects itself"},
    {"repeat_penalty", &O::repeat_penalty, 1e-3, 1e3, "", "", "divides the logit of tokens that were just used; 1: off"},
    {"presence_penalty", &O::presence_penalty, -100, 100, "", "", "taken from the logit of tokens that were just used"},
    {"frequency_penalty", &O::frequency_penalty, -100, 100, "", "", "taken from a token's logit for each time that it was just used"},
    {"repeat_last_n", &O::repeat_last_n, -1, kMost, "", "", "how many last tokens these three penalties look at; 0: none, -1: the whole context"},
    {"dry_multiplier", &O::dry_multiplier, 0, 1e6, "", "", "weight of the penalty on tokens that would go on repeating a passage (DRY); 0: off"},
    {"dry_base", &O::dry_base, 1, 1e3, "", "", "DRY's penalty grows by this factor with each repeated token"},
    {"dry_allowed_length", &O::dry_allowed_length, 1, kMost, "", "", "DRY lets passages shorter than this be repeated"},
    {"dry_penalty_last_n", &O::dry_penalty_last_n, -1, kMost, "", "", "how many last tokens DRY looks at; 0: none, -1: the whole context"},
    {"dry_sequence_breaker", &O::dry_sequence_breaker, 0, 0, "", "", "text that ends a passage to DRY, instead of a new line : \" and *; may be given more than once; none: no text"},
    {"logit_bias", &O::logit_bias, 0, 0, "", "", "ID+NUMBER or ID-NUMBER, added to the logit of that token; ID-inf: never; may be given more than once"},
    {"seed", &O::seed, -1, 9e15, "", "", "the same seed gives the same text; -1: another one each time"},
    {"stop", &O::stop, 0, 0, "", "", "text that ends the answer; may be given more than once"},
});
// clang-format on

tl::unexpected<Error> refuse(const Row& row, std::string_view value, const std::string& expected) {
  std::string what = "'";
  what.append(value).append("' is not ").append(expected);
  return fail(ErrorKind::usage, std::string(row.name), std::move(what));
}

std::string range_text(const Row& row, const char* kind) {
  char text[96];
  std::snprintf(text, sizeof text, "%s from %.16g to %.16g", kind, row.min, row.max);
  return text;
}

// Of all the text, which must be of Number's kind: "1.5" and "1e2" are no int64_t.
template <class Number>
Result<Number> parse_number(const Row& row, std::string_view value, const char* kind) {
  Number number = 0;
  const char* last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), last, number);
  const bool in_range = double(number) >= row.min && double(number) <= row.max;
  if (error != std::errc() || end != last || !in_range) return refuse(row, value, range_text(row, kind));
  return number;
}

// "15043+1.5", "2-inf".
std::optional<TokenBias> parse_bias(std::string_view value) {
  TokenBias out{};
  const char* end = value.data() + value.size();
  const auto [sign, bad_token] = std::from_chars(value.data(), end, out.token);
  if (bad_token != std::errc() || out.token < 0 || end - sign < 2 || (*sign != '+' && *sign != '-')) {
    return std::nullopt;
  }
  const auto [rest, bad_bias] = std::from_chars(sign + 1, end, out.bias);
  if (bad_bias != std::errc() || rest != end || !(out.bias >= 0)) return std::nullopt;
  if (*sign == '-') out.bias = -out.bias;
  return out;
}

bool is_choice(const Row& row, std::string_view value) {
  std::string_view rest = row.choices;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word == value) return true;
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return false;
}

// How to put a text into each type of member.
struct Assign {
  Options& options;
  const Row& row;
  std::string_view value;

  Status operator()(int64_t O::*member) const {
    const auto number = TRY(parse_number<int64_t>(row, value, "a whole number"));
    options.*member = number;
    return {};
  }
  Status operator()(double O::*member) const {
    const auto number = TRY(parse_number<double>(row, value, "a number"));
    options.*member = number;
    return {};
  }
  Status operator()(std::string O::*member) const {
    if (!is_choice(row, value)) return refuse(row, value, "one of: " + std::string(row.choices));
    options.*member = value;
    return {};
  }
  Status operator()(std::vector<std::string> O::*member) const {
    (options.*member).emplace_back(value);
    return {};
  }
  Status operator()(std::vector<TokenBias> O::*member) const {
    const auto bias = parse_bias(value);
    if (!bias) return refuse(row, value, "a token's id, + or -, and a number");
    (options.*member).push_back(*bias);
    return {};
  }
};

std::string nearest_name(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Row& row : kTable) names.push_back(row.name);
  const std::string_view found = nearest(name, names);
  return found.empty() ? "straddle help options lists them" : "nearest known: " + std::string(found);
}

// The STRADDLE_ name wins over the OLLAMA_ one.
std::string environment_value(std::string_view name, std::string& used) {
  used = "STRADDLE_" + std::string(name.substr(std::string_view("OLLAMA_").size()));
  if (std::string value = environment(used); !value.empty()) return value;
  used = name;
  return environment(used);
}

}  // namespace

std::span<const Row> table() { return kTable; }

const Row* find(std::string_view name) {
  const auto row =
      std::find_if(kTable.begin(), kTable.end(), [&](const Row& r) { return r.name == name; });
  return row == kTable.end() ? nullptr : &*row;
}

bool is_list(const Row& row) {
  return std::holds_alternative<std::vector<std::string> O::*>(row.member) ||
         std::holds_alternative<std::vector<TokenBias> O::*>(row.member);
}

Status set(Options& options, std::string_view name, std::string_view value) {
  const Row* row = find(name);
  if (!row) {
    return fail(ErrorKind::usage, "--set", "unknown option '" + std::string(name) + "'",
                nearest_name(name));
  }
  return std::visit(Assign{options, *row, value}, row->member);
}

Status set(Options& options, std::string_view assignment) {
  const size_t equals = assignment.find('=');
  if (equals == assignment.npos) {
    return fail(ErrorKind::usage, "--set", "'" + std::string(assignment) + "' is not NAME=VALUE");
  }
  return set(options, assignment.substr(0, equals), assignment.substr(equals + 1));
}

void set_from_environment(Options& options, std::vector<std::string>& warnings) {
  for (const Row& row : kTable) {
    if (row.environment.empty()) continue;
    std::string used;
    const std::string value = environment_value(row.environment, used);
    if (value.empty()) continue;
    if (const auto ok = set(options, row.name, value); !ok)
      warnings.push_back(used + " is ignored: " + one_line(ok.error()));
  }
}

std::string value_text(const Options& options, const Row& row) {
  struct Text {
    const Options& o;
    std::string operator()(int64_t O::*m) const { return std::to_string(o.*m); }
    std::string operator()(double O::*m) const {
      char text[32];
      std::snprintf(text, sizeof text, "%g", o.*m);
      return text;
    }
    std::string operator()(std::string O::*m) const { return o.*m; }
    std::string operator()(std::vector<std::string> O::*m) const {
      std::string out;
      for (const auto& s : o.*m) out.append(out.empty() ? "" : ", ").append(s);
      return out;
    }
    std::string operator()(std::vector<TokenBias> O::*m) const {
      std::string out;
      for (const TokenBias& b : o.*m) {
        char text[64];
        std::snprintf(text, sizeof text, "%s%d%+g", out.empty() ? "" : ", ", int(b.token), b.bias);
        out += text;
      }
      return out;
    }
  };
  return std::visit(Text{options}, row.member);
}

std::string accepted_text(const Row& row) {
  std::string out(row.choices);
  for (size_t at = out.find(' '); at != out.npos; at = out.find(' ', at + 4)) out.replace(at, 1, " or ");
  if (row.min == row.max) return out;
  char text[96];
  const char* whole = std::holds_alternative<int64_t O::*>(row.member) ? "whole, " : "";
  const bool has_end = row.max < 1e6;
  std::snprintf(text, sizeof text, has_end ? "%s%g to %g" : "%s%g or more", whole, row.min, row.max);
  return text;
}

}  // namespace straddle::options
