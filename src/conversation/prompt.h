// Messages -> the prompt that a model reads.
#pragma once
#include "conversation/rendering.h"

namespace straddle::conversation {

// What a model read and wrote in its last turn, to go on from token by token.
struct Transcript {
  std::string text;  // as rendered and as written
  std::vector<text::TokenId> ids;
};

struct Prompt {
  std::vector<text::TokenId> ids;
  std::string text = {};
  size_t opening = 0;  // of text: here begins what the template wrote behind the last message
  size_t lasting = 0;  // so many tokens will begin the next turn's prompt too
  size_t dropped = 0;  // messages
};

struct PromptMaker {
  const text::Tokenizer& tokenizer;
  Rendering& rendering;
  const text::TokenSet& guarded;  // by the template
  size_t context;                 // tokens
  bool wants_lasting;             // finding it costs a second rendering

  // `reserve`: tokens that must stay free for the answer where turns can still be dropped for it.
  Result<Prompt> make(std::span<const Message> messages, const AnswerRequest& asked,
                      const Transcript& transcript, size_t reserve) const;

 private:
  std::vector<text::TokenId> ids_of(const chat::Rendered& rendered, const Transcript& transcript) const;
  Result<Prompt> encode(std::span<const Message> messages, const AnswerRequest& asked,
                        const Transcript& transcript) const;
  Result<Prompt> encode_last_turns(std::span<const Message> messages, const AnswerRequest& asked) const;
};

}  // namespace straddle::conversation
