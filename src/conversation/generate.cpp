#include <algorithm>
#include <random>

#include "conversation/conversation.h"
#include "sample/sample.h"

namespace straddle::conversation {
namespace {

using Clock = std::chrono::steady_clock;

Result<bool> feed_prompt(engine::Engine& engine, std::span<const int32_t> prompt, const Sink& sink,
                         std::span<const float>& logits) {
  const size_t batch = engine.plan().request.max_rows;
  for (size_t at = 0; at < prompt.size(); at += batch) {
    const size_t n = std::min(batch, prompt.size() - at);
    const bool last = at + n == prompt.size();
    auto rows =
        engine.feed(0, prompt.subspan(at, n), last ? engine::Wanted::last : engine::Wanted::none);
    if (!rows) return fail(rows);
    logits = *rows;
    if (sink.prompt && !sink.prompt(at + n, prompt.size())) return false;
  }
  return true;
}

Status check_prompt(const engine::Engine& engine, const std::vector<text::TokenId>& prompt) {
  if (engine.blueprint().embeds_only()) {
    return fail(ErrorKind::unsupported, "model", "it makes embeddings, not text");
  }
  if (prompt.empty())
    return fail(ErrorKind::bad_input, "prompt",
                "it is empty, and this model has no token to begin with");
  if (prompt.size() > engine.context()) {
    return fail(ErrorKind::bad_input, "prompt",
                std::to_string(prompt.size()) + " tokens do not fit in the context of " +
                    std::to_string(engine.context()),
                "shorten it or use --set num_ctx=N");
  }
  return {};
}

// num_predict as a count; -1 and -2 mean no limit but the context's.
size_t limit_of(const options::Options& options) {
  return options.num_predict < 0 ? ~size_t(0) : size_t(options.num_predict);
}

}  // namespace

uint64_t choose_seed(const options::Options& options) {
  return options.seed >= 0 ? uint64_t(options.seed)
                           : (uint64_t(std::random_device{}()) << 32) | std::random_device{}();
}

Result<Figures> generate(engine::Engine& engine, const text::Tokenizer& tokenizer,
                         const options::Options& options, const std::vector<text::TokenId>& prompt,
                         const Sink& sink) {
  if (auto ok = check_prompt(engine, prompt); !ok) return fail(ok);
  if (auto ok = engine.cut(0, 0); !ok) return fail(ok);
  sample::Sampler sampler(options, engine.blueprint().vocabulary, choose_seed(options));
  text::StreamDecoder decoder(tokenizer, prompt);
  StopFilter filter(options.stop);
  std::vector<text::TokenId> history = prompt;
  history.reserve(engine.context() + 1);
  Figures figures{.prompt_tokens = prompt.size()};

  const auto start = Clock::now();
  std::span<const float> logits;
  const auto fed = feed_prompt(engine, prompt, sink, logits);
  if (!fed) return tl::unexpected(fed.error());
  const auto prompted = Clock::now();
  figures.prompt_time = prompted - start;
  figures.ending = *fed ? Ending::length : Ending::interrupted;

  while (figures.ending == Ending::length && figures.generated_tokens < limit_of(options)) {
    const text::TokenId id = sampler.choose(logits, history);
    history.push_back(id);
    ++figures.generated_tokens;
    if (tokenizer.ends_generation(id)) {
      figures.ending = Ending::stop;
      break;
    }
    const bool go_on = sink.text(filter.push(decoder.push(id)));
    if (filter.stopped()) figures.ending = Ending::stop;
    if (!go_on) figures.ending = Ending::interrupted;
    if (engine.length(0) == engine.context() && figures.ending == Ending::length)
      figures.ending = Ending::context;
    if (figures.ending != Ending::length || figures.generated_tokens == limit_of(options)) break;
    auto rows = engine.feed(0, std::span(&id, 1), engine::Wanted::last);
    if (!rows) return fail(rows);
    logits = *rows;
  }
  if (!filter.stopped()) {
    std::string rest = filter.push(decoder.finish());
    rest += filter.finish();
    if (!rest.empty()) sink.text(rest);
  }
  figures.generation_time = Clock::now() - prompted;
  return figures;
}

}  // namespace straddle::conversation
