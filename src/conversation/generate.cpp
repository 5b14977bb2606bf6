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

namespace {

// Ids -> what may be shown of their text.
class Writer {
 public:
  Writer(const text::Tokenizer& tokenizer, const options::Options& options,
         const std::vector<text::TokenId>& prompt, const Sink& sink)
      : decoder_(tokenizer, prompt), filter_(options.stop), sink_(sink) {}

  // Ending::length while nothing ends the answer.
  Ending show(text::TokenId id) {
    const std::string text = filter_.push(decoder_.push(id));
    if (!sink_.text(text)) return Ending::interrupted;
    return filter_.stopped() ? Ending::stop : Ending::length;
  }
  void finish() {
    std::string rest = filter_.push(decoder_.finish());
    rest += filter_.finish();
    if (!rest.empty()) sink_.text(rest);
  }

 private:
  text::StreamDecoder decoder_;
  StopFilter filter_;
  const Sink& sink_;
};

// Chooses, shows and feeds tokens until something ends the answer.
Result<Ending> write_answer(engine::Engine& engine, const text::Tokenizer& tokenizer,
                            sample::Sampler& sampler, size_t limit, std::span<const float> logits,
                            std::vector<text::TokenId>& history, Writer& writer, size_t& generated) {
  for (generated = 0; generated < limit;) {
    const text::TokenId id = sampler.choose(logits, history);
    history.push_back(id);
    ++generated;
    if (tokenizer.ends_generation(id)) return Ending::stop;
    if (const Ending ending = writer.show(id); ending != Ending::length) return ending;
    if (generated == limit) break;
    if (engine.length(0) == engine.context()) return Ending::context;
    auto rows = engine.feed(0, std::span(&id, 1), engine::Wanted::last);
    if (!rows) return fail(rows);
    logits = *rows;
  }
  return Ending::length;
}

}  // namespace

Result<Figures> generate(engine::Engine& engine, const text::Tokenizer& tokenizer,
                         const options::Options& options, const std::vector<text::TokenId>& prompt,
                         const Sink& sink) {
  if (auto ok = check_prompt(engine, prompt); !ok) return fail(ok);
  if (auto ok = engine.cut(0, 0); !ok) return fail(ok);
  sample::Sampler sampler(options, engine.blueprint().vocabulary, choose_seed(options));
  Writer writer(tokenizer, options, prompt, sink);
  std::vector<text::TokenId> history = prompt;
  history.reserve(engine.context() + 1);

  const auto start = Clock::now();
  std::span<const float> logits;
  const auto fed = feed_prompt(engine, prompt, sink, logits);
  if (!fed) return tl::unexpected(fed.error());
  const auto prompted = Clock::now();
  Figures figures{.prompt_tokens = prompt.size(), .prompt_time = prompted - start};
  figures.ending = Ending::interrupted;
  if (*fed) {
    auto ending = write_answer(engine, tokenizer, sampler, limit_of(options), logits, history, writer,
                               figures.generated_tokens);
    if (!ending) return fail(ending);
    figures.ending = *ending;
  }
  writer.finish();
  figures.generation_time = Clock::now() - prompted;
  return figures;
}

}  // namespace straddle::conversation
