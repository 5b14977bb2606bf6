#include "options/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace straddle::options {
namespace {

using O = Options;
constexpr double kMost = 2147483647;

// clang-format off
const auto kTable = std::to_array<Row>({
    {"num_ctx", &O::num_ctx, 0, kMost, "", "OLLAMA_CONTEXT_LENGTH", "tokens of context; 0: the model's, at most 4096"},
    {"num_batch", &O::num_batch, 1, 4096, "", "", "tokens of a prompt that are computed at once"},
    {"num_thread", &O::num_thread, 0, 1024, "", "", "threads; 0: the cores given to this process"},
    {"kv_type", &O::kv_type, 0, 0, "f16 f32", "OLLAMA_KV_CACHE_TYPE", "numbers of the KV cache; run: f16, logits and perplexity: f32"},
    {"num_predict", &O::num_predict, -2, kMost, "", "", "tokens to generate at most; -1: until the text ends, -2: until the context is full"},
    {"temperature", &O::temperature, 0, 1e6, "", "", "how much chance decides; 0: always the best token"},
    {"top_k", &O::top_k, 0, kMost, "", "", "choose among the k best tokens; 0: all"},
    {"top_p", &O::top_p, 0, 1, "", "", "choose among the best tokens that together have this probability; 1: all"},
    {"min_p", &O::min_p, 0, 1, "", "", "drop tokens below this share of the best one's probability"},
    {"repeat_penalty", &O::repeat_penalty, 1e-3, 1e3, "", "", "divides the chance of tokens that were just used; 1: off"},
    {"repeat_last_n", &O::repeat_last_n, -1, kMost, "", "", "how many last tokens repeat_penalty looks at; 0: none, -1: the whole context"},
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
  std::snprintf(text, sizeof text, "%s from %.10g to %.10g", kind, row.min, row.max);
  return text;
}

Result<double> parse_number(const Row& row, std::string_view value, const char* kind) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc() && end == value.data() + value.size() && !value.empty();
  if (!whole || !(number >= row.min && number <= row.max)) {
    return refuse(row, value, range_text(row, kind));
  }
  return number;
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
    const auto number = parse_number(row, value, "a whole number");
    if (!number) return tl::unexpected(number.error());
    options.*member = int64_t(*number);
    return {};
  }
  Status operator()(double O::*member) const {
    const auto number = parse_number(row, value, "a number");
    if (!number) return tl::unexpected(number.error());
    options.*member = *number;
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
};

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = corner + (a[i - 1] != b[j - 1]);
      corner = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string nearest_name(std::string_view name) {
  const std::string_view known = name.substr(0, 40);
  const auto nearest = std::min_element(kTable.begin(), kTable.end(), [&](const Row& a, const Row& b) {
    return edit_distance(known, a.name) < edit_distance(known, b.name);
  });
  return "nearest known: " + std::string(nearest->name);
}

// The STRADDLE_ name wins over the OLLAMA_ one.
const char* environment_value(std::string_view name, std::string& used) {
  used = "STRADDLE_" + std::string(name.substr(std::string_view("OLLAMA_").size()));
  if (const char* value = std::getenv(used.c_str())) return value;
  used = name;
  return std::getenv(used.c_str());
}

}  // namespace

std::span<const Row> table() { return kTable; }

Status set(Options& options, std::string_view name, std::string_view value) {
  const auto row =
      std::find_if(kTable.begin(), kTable.end(), [&](const Row& r) { return r.name == name; });
  if (row == kTable.end()) {
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
    const char* value = environment_value(row.environment, used);
    if (!value || !*value) continue;
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
  };
  return std::visit(Text{options}, row.member);
}

}  // namespace straddle::options
