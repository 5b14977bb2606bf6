#include "conversation/conversation.h"

#include <algorithm>

#include "conversation/generate.h"

namespace straddle::conversation {

struct Conversation::Impl {
  engine::Engine& engine;
  text::Tokenizer tokenizer;
  Rendering rendering;
  text::TokenSet guarded;
  chat::Marks marks;
  // Walks over the whole vocabulary: made when they are first asked for.
  std::unique_ptr<sample::TokenBytes> tokens = {};
  std::unique_ptr<sample::JsonMask> json = {};
  Transcript transcript = {};

  bool can_think() const { return !marks.family().empty(); }

  Resources resources(bool thinks, const AnswerRequest& asked, const options::Options& options) {
    const bool needs_tokens = asked.json || options.dry_multiplier > 0;
    if (needs_tokens && !tokens) tokens = std::make_unique<sample::TokenBytes>(tokenizer);
    if (asked.json && !json) json = std::make_unique<sample::JsonMask>(*tokens);
    return {engine, tokenizer, thinks && can_think() ? &marks : nullptr, tokens.get(),
            asked.json ? json.get() : nullptr};
  }
};

Conversation::Conversation(engine::Engine& engine, text::Tokenizer tokenizer,
                           chat::Template chat_template) {
  auto guarded = tokenizer.guarded(chat_template.source());
  chat::Marks marks(chat_template.source(), tokenizer);
  Rendering rendering(std::move(chat_template), chat::token_texts(tokenizer));
  impl_ = std::make_unique<Impl>(
      Impl{engine, std::move(tokenizer), std::move(rendering), std::move(guarded), std::move(marks)});
}

Conversation::~Conversation() = default;

bool Conversation::can_think() const { return impl_->can_think(); }

namespace {

// Tokens that an answer should find free: what it may take, but no more than a quarter of the context.
size_t reserve_for_answer(const options::Options& options, size_t context) {
  const size_t quarter = std::max<size_t>(context / 4, 1);
  return options.num_predict > 0 ? std::min(size_t(options.num_predict), quarter) : quarter;
}

// That BOS stands in a prompt once, though it was written and would be added.
std::string warning_of_bos(size_t written) {
  if (written == 1) return "the prompt begins with BOS already: no second one is added";
  return "the prompt begins with BOS " + std::to_string(written) + " times: one is read";
}

}  // namespace

Result<Answer> Conversation::answer(std::span<const Message> messages, const AnswerRequest& asked,
                                    const options::Options& options, const Sink& sink) {
  Impl& s = *impl_;
  const size_t context = s.engine.context();
  const PromptMaker maker{s.tokenizer, s.rendering, s.guarded, context, s.engine.forgets()};
  auto prompt = TRY(maker.make(messages, asked, s.transcript, reserve_for_answer(options, context)));
  auto answer = generate(s.resources(true, asked, options), prompt, options, sink, s.transcript);
  if (answer) answer->warnings = s.rendering.new_warnings();
  return answer;
}

Result<Answer> Conversation::complete(std::string_view text, const AnswerRequest& asked,
                                      const options::Options& options, const Sink& sink) {
  Impl& s = *impl_;
  size_t own_bos = 0;
  const Prompt prompt{.ids = s.tokenizer.encode_prompt(text, {}, {}, true, &own_bos)};
  auto answer = generate(s.resources(false, asked, options), prompt, options, sink, s.transcript);
  if (answer && own_bos > 0) answer->warnings.push_back(warning_of_bos(own_bos));
  return answer;
}

}  // namespace straddle::conversation
