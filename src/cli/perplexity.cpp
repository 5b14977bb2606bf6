// `straddle perplexity`: mean negative log likelihood of a text.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/device_report.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/load.h"
#include "cli/meter.h"
#include "cli/output.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

constexpr uint32_t kRows = 64;  // logits kept at a time
constexpr uint32_t kWindow = 512;
constexpr uint32_t kLeastWindow = 4;  // something to set the scene, something to score

struct Sums {
  uint64_t count = 0;
  double nll = 0, squares = 0;
  void add(double value) {
    ++count;
    nll += value;
    squares += value * value;
  }
  double mean() const { return nll / double(count); }
  // Standard error of the mean.
  double error() const {
    const double variance = squares / double(count) - mean() * mean();
    return count > 1 ? std::sqrt(std::max(0.0, variance) / double(count - 1)) : 0;
  }
};

// A text that is scored alone: tokens from `first` on count.
struct Passage {
  std::vector<int32_t> tokens;
  size_t first = 1;
};

double nll_of(std::span<const float> logits, int32_t id) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float x : logits) sum += std::exp(x - top);
  return std::log(sum) + top - logits[size_t(id)];
}

Status impossible(int32_t id) {
  return fail(
      ErrorKind::bad_input, "text",
      "the model says that its token " + std::to_string(id) + " can never come: there is no perplexity");
}

Status score(engine::Engine& engine, const std::string& model, const Passage& passage, Sums& sums) {
  engine.resume(0, {});
  const std::span<const int32_t> tokens(passage.tokens);
  const size_t width = engine.blueprint().vocabulary;
  if (size_t(*std::max_element(tokens.begin(), tokens.end())) >= width) {
    return fail(ErrorKind::bad_file, model, "its tokenizer knows more tokens than its output");
  }
  for (size_t at = 0; at + 1 < tokens.size(); at += kRows) {
    const size_t n = std::min<size_t>(kRows, tokens.size() - 1 - at);
    const auto rows = TRY(engine.feed(0, tokens.subspan(at, n), engine::Wanted::all));
    for (size_t i = 0; i < n; ++i) {
      if (at + i + 1 < passage.first) continue;
      const int32_t id = tokens[at + i + 1];
      const double nll = nll_of(rows.subspan(i * width, width), id);
      if (!std::isfinite(nll)) return impossible(id);
      sums.add(nll);
    }
    if (interrupted()) return fail(ErrorKind::interrupted, "", "");
  }
  return {};
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// A text in front of which BOS stands where the vocabulary adds it. Nothing stands behind it: an end
// that nobody wrote is not scored.
std::vector<int32_t> with_bos(const text::Tokenizer& tokenizer, std::span<const int32_t> ids) {
  std::vector<int32_t> out;
  if (tokenizer.adds_bos()) out.push_back(*tokenizer.bos());
  out.insert(out.end(), ids.begin(), ids.end());
  return out;
}

// Parts of the text between `split`, without white space around them; empty ones do not count.
std::vector<Passage> split_text(const text::Tokenizer& tokenizer, std::string_view text,
                                std::string_view split) {
  std::vector<Passage> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(split, at), text.size());
    const std::string_view part = stripped(text.substr(at, end - at));
    at = end + split.size();
    const auto ids = tokenizer.encode(part, {.add_special = false});
    if (!ids.empty()) out.push_back({with_bos(tokenizer, ids), 1});
  }
  return out;
}

// Windows of `context` tokens; the first half of each only sets the scene.
std::vector<Passage> window_text(const text::Tokenizer& tokenizer, std::string_view text,
                                 size_t context) {
  const auto all = tokenizer.encode(text, {.add_special = false});
  const size_t room = context - (tokenizer.adds_bos() ? 1 : 0);
  std::vector<Passage> out;
  for (size_t at = 0; at + room <= all.size(); at += room) {
    out.push_back({with_bos(tokenizer, std::span(all).subspan(at, room)), context / 2});
  }
  return out;
}

Status report(const Sums& sums, bool as_json) {
  const double perplexity = std::exp(sums.mean());
  if (!std::isfinite(perplexity)) {
    return fail(ErrorKind::bad_input, "text",
                "the perplexity is too large for a number: e^" + std::to_string(sums.mean()));
  }
  if (as_json) {
    say(nlohmann::ordered_json{{"tokens", sums.count},
                               {"mean_nll", sums.mean()},
                               {"perplexity", perplexity},
                               {"standard_error", perplexity * sums.error()}}
            .dump() +
        "\n");
    return {};
  }
  char line[160];
  std::snprintf(line, sizeof line, "tokens: %llu\nmean NLL: %.8f\nperplexity: %.6f +- %.6f\n",
                static_cast<unsigned long long>(sums.count), sums.mean(), perplexity,
                perplexity * sums.error());
  say(line);
  return {};
}

Result<std::vector<Passage>> read_passages(const Request& request, const text::Tokenizer& tokenizer,
                                           size_t window) {
  if (request.split.empty() && window < kLeastWindow) {
    return fail(ErrorKind::usage, "--ctx",
                "a window of " + std::to_string(window) + " tokens is too small",
                "at least " + std::to_string(kLeastWindow));
  }
  auto text = TRY(read_text(request.file, "the text"));
  auto passages = request.split.empty() ? window_text(tokenizer, text, window)
                                        : split_text(tokenizer, text, request.split);
  if (passages.empty()) {
    return fail(ErrorKind::bad_input, "text",
                "it is shorter than one window of " + std::to_string(window) + " tokens");
  }
  return passages;
}

// Parts of the text are whole; a smaller window is another measure, but one.
uint32_t least_context(const Request& request, const std::vector<Passage>& passages) {
  size_t longest = 1;
  for (const Passage& passage : passages) longest = std::max(longest, passage.tokens.size());
  return uint32_t(request.split.empty() ? kLeastWindow : longest);
}

}  // namespace

Status perplexity(const Request& request) {
  auto options = TRY(read_options(request));
  auto file = TRY(store::open_model(request.words[0]));
  auto tokenizer = TRY(conversation::load_tokenizer(file, warn));
  if (request.split.empty() && options.num_ctx == 0) options.num_ctx = kWindow;
  auto passages = TRY(read_passages(request, tokenizer, size_t(options.num_ctx)));
  auto loaded = TRY(load_engine(file, request, options,
                                {.max_wanted = kRows,
                                 .max_rows = kRows,
                                 .kv = ops::KvType::f32,
                                 .least_context = least_context(request, passages)}));
  engine::Engine& engine = loaded.engine;
  if (engine.blueprint().embeds_only()) {
    return fail(ErrorKind::unsupported, file.path(), "it makes embeddings and foresees no text");
  }
  Meter meter("scoring");
  Sums sums;
  for (size_t i = 0; i < passages.size(); ++i) {
    TRY(score(engine, file.path(), passages[i], sums));
    meter.show(i + 1, passages.size());
  }
  meter.clear();
  if (sums.count == 0) return fail(ErrorKind::bad_input, "text", "no token to score");
  warn_if_clamped(engine, "--kv f32");
  if (request.verbose) print_devices(file, engine, loaded.placed);
  return report(sums, request.json);
}

}  // namespace straddle::cli
