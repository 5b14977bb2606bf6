#include <algorithm>
#include <random>

#include "conversation/conversation.h"
#include "sample/sample.h"

namespace straddle::conversation {
namespace {

using Clock = std::chrono::steady_clock;

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

// One answer in the making: the prompt is read once, then tokens are chosen, shown and fed until
// something ends it.
class Answer {
 public:
  Answer(engine::Engine& engine, const text::Tokenizer& tokenizer, const options::Options& options,
         const std::vector<text::TokenId>& prompt, const Sink& sink)
      : engine_(engine),
        tokenizer_(tokenizer),
        sink_(sink),
        sampler_(options, engine.blueprint().vocabulary, choose_seed(options)),
        writer_(tokenizer, options, prompt, sink),
        limit_(options.num_predict < 0 ? ~size_t(0) : size_t(options.num_predict)),
        history_(prompt) {
    history_.reserve(engine.context() + 1);
  }

  // False: the sink asked to stop.
  Result<bool> read_prompt() {
    const std::span<const int32_t> prompt(history_);
    const size_t batch = engine_.plan().request.max_rows;
    for (size_t at = 0; at < prompt.size(); at += batch) {
      const size_t n = std::min(batch, prompt.size() - at);
      const bool last = at + n == prompt.size();
      auto rows =
          engine_.feed(0, prompt.subspan(at, n), last ? engine::Wanted::last : engine::Wanted::none);
      if (!rows) return fail(rows);
      logits_ = *rows;
      if (sink_.prompt && !sink_.prompt(at + n, prompt.size())) return false;
    }
    return true;
  }

  Result<Ending> write() {
    while (generated_ < limit_) {
      const text::TokenId id = sampler_.choose(logits_, history_);
      history_.push_back(id);
      ++generated_;
      if (tokenizer_.ends_generation(id)) return Ending::stop;
      if (const Ending ending = writer_.show(id); ending != Ending::length) return ending;
      if (generated_ == limit_) break;
      if (engine_.length(0) == engine_.context()) return Ending::context;
      auto rows = engine_.feed(0, std::span(&id, 1), engine::Wanted::last);
      if (!rows) return fail(rows);
      logits_ = *rows;
    }
    return Ending::length;
  }

  void finish() { writer_.finish(); }
  size_t generated() const { return generated_; }

 private:
  engine::Engine& engine_;
  const text::Tokenizer& tokenizer_;
  const Sink& sink_;
  sample::Sampler sampler_;
  Writer writer_;
  size_t limit_, generated_ = 0;
  std::vector<text::TokenId> history_;
  std::span<const float> logits_;  // after the last token of history
};

Status check_prompt(const engine::Engine& engine, const std::vector<text::TokenId>& prompt) {
  if (engine.blueprint().embeds_only()) {
    return fail(ErrorKind::unsupported, "model", "it makes embeddings, not text");
  }
  if (prompt.empty()) {
    return fail(ErrorKind::bad_input, "prompt",
                "it is empty, and this model has no token to begin with");
  }
  return {};
}

}  // namespace

uint64_t choose_seed(const options::Options& options) {
  if (options.seed >= 0) return uint64_t(options.seed);
  std::random_device device;
  const uint64_t high = device();
  return (high << 32) | device();
}

Result<Figures> generate(engine::Engine& engine, const text::Tokenizer& tokenizer,
                         const options::Options& options, const std::vector<text::TokenId>& prompt,
                         const Sink& sink) {
  if (auto ok = check_prompt(engine, prompt); !ok) return fail(ok);
  engine.resume(0, {});
  if (auto ok = engine.room_for(0, prompt.size()); !ok) return fail(ok);
  Answer answer(engine, tokenizer, options, prompt, sink);
  const auto start = Clock::now();
  const auto read = answer.read_prompt();
  if (!read) return tl::unexpected(read.error());
  const auto prompted = Clock::now();
  const auto ending = *read ? answer.write() : Result<Ending>(Ending::interrupted);
  if (!ending) return tl::unexpected(ending.error());
  answer.finish();
  return Figures{.ending = *ending,
                 .prompt_tokens = prompt.size(),
                 .generated_tokens = answer.generated(),
                 .prompt_time = prompted - start,
                 .generation_time = Clock::now() - prompted};
}

}  // namespace straddle::conversation
