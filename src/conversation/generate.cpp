#include "conversation/generate.h"

#include <algorithm>
#include <random>

#include "conversation/writer.h"

namespace straddle::conversation {
namespace {

using Clock = std::chrono::steady_clock;

// One answer: the prompt is read once, then tokens are chosen, shown and fed until
// something ends it.
class Generation {
 public:
  Generation(const Resources& resources, const Prompt& prompt, const options::Options& options,
             const Sink& sink)
      : engine_(resources.engine),
        tokenizer_(resources.tokenizer),
        sink_(sink),
        sampler_(options, resources.engine.blueprint().vocabulary, choose_seed(options),
                 resources.tokens, resources.engine.context()),
        writer_(resources, prompt, options, sink),
        limit_(options.num_predict < 0 ? ~size_t(0) : size_t(options.num_predict)),
        history_(prompt.ids) {
    if (resources.json) json_.emplace(*resources.json);
    history_.reserve(std::max<size_t>(engine_.context(), history_.size()) + 1);
  }

  // What the sequence holds already is not computed again. False: the sink asked to stop.
  Result<bool> read(size_t lasting) {
    const std::span<const int32_t> prompt(history_);
    const size_t batch = engine_.needs().request.max_rows;
    reused_ = engine_.resume(0, prompt.first(prompt.size() - 1));
    TRY(engine_.check_room(0, prompt.size() - reused_));
    for (size_t at = reused_; at < prompt.size();) {
      const size_t border = at < lasting ? std::min(lasting, prompt.size()) : prompt.size();
      const size_t n = std::min(batch, border - at);
      const bool last = at + n == prompt.size();
      auto rows = TRY(
          engine_.feed(0, prompt.subspan(at, n), last ? engine::Wanted::last : engine::Wanted::none));
      logits_ = rows;
      at += n;
      computed_ = at - reused_;
      if (at == lasting) engine_.keep(0);
      if (sink_.prompt && !sink_.prompt(at - reused_, prompt.size() - reused_)) return false;
    }
    return true;
  }

  Result<Ending> write() {
    while (generated_ < limit_) {
      const text::TokenId id = choose();
      if (id < 0) return Ending::stop;
      ++generated_;
      if (tokenizer_.ends_generation(id)) {
        writer_.end(id);
        return Ending::stop;
      }
      history_.push_back(id);
      if (const auto ending = writer_.show(id)) return *ending;
      if (generated_ == limit_) break;
      if (engine_.length(0) == engine_.context()) return Ending::context;
      auto rows = TRY(engine_.feed(0, std::span(&id, 1), engine::Wanted::last));
      logits_ = rows;
    }
    return Ending::length;
  }

  // JSON is asked of the answer, not of thinking and headers before it. -1: nothing may follow.
  text::TokenId choose() {
    if (!json_ || !writer_.answers()) return sampler_.choose(logits_, history_);
    const text::TokenId id = sampler_.choose(logits_, history_, &json_->allowed());
    json_->accept(id);
    return id;
  }

  void finish() { writer_.finish(); }
  const Writer& writer() const { return writer_; }
  std::vector<text::TokenId>& history() { return history_; }
  size_t reused() const { return reused_; }
  size_t computed() const { return computed_; }  // of the prompt
  size_t generated() const { return generated_; }

 private:
  engine::Engine& engine_;
  const text::Tokenizer& tokenizer_;
  const Sink& sink_;
  sample::Sampler sampler_;
  std::optional<sample::JsonAnswer> json_;
  Writer writer_;
  size_t limit_, generated_ = 0, reused_ = 0, computed_ = 0;
  std::vector<text::TokenId> history_;
  std::span<const float> logits_;  // after the last token of history
};

Status check_prompt(const engine::Engine& engine, const Prompt& prompt) {
  if (engine.blueprint().embeds_only()) {
    return fail(ErrorKind::unsupported, "model", "it makes embeddings, not text");
  }
  if (prompt.ids.empty()) {
    return fail(ErrorKind::bad_input, "prompt",
                "it is empty, and this model has no token to begin with");
  }
  return {};
}

Status check_bias(const options::Options& options, size_t vocabulary) {
  for (const options::TokenBias& bias : options.logit_bias) {
    if (size_t(bias.token) < vocabulary) continue;
    return fail(ErrorKind::usage, "logit_bias",
                "token " + std::to_string(bias.token) + " is outside the vocabulary of " +
                    std::to_string(vocabulary));
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

Result<Answer> generate(const Resources& resources, const Prompt& prompt,
                        const options::Options& options, const Sink& sink, Transcript& transcript) {
  transcript = {};
  TRY(check_prompt(resources.engine, prompt));
  TRY(check_bias(options, resources.engine.blueprint().vocabulary));
  Generation generation(resources, prompt, options, sink);
  const auto start = Clock::now();
  const auto read = TRY(generation.read(prompt.lasting));
  const auto prompted = Clock::now();
  const auto ending = TRY(read ? generation.write() : Result<Ending>(Ending::interrupted));
  generation.finish();
  transcript = {prompt.text + generation.writer().written(), std::move(generation.history())};
  return Answer{.message = generation.writer().message(),
                .statistics = {.ending = ending,
                               .dropped_messages = prompt.dropped,
                               .reused_tokens = generation.reused(),
                               .prompt_tokens = generation.computed(),
                               .generated_tokens = generation.generated(),
                               .prompt_time = prompted - start,
                               .generation_time = Clock::now() - prompted}};
}

}  // namespace straddle::conversation
