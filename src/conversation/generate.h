// From a prompt to an answer: read, choose, show, feed, until something ends it.
#pragma once
#include "conversation/prompt.h"
#include "sample/sample.h"

namespace straddle::conversation {

// What generating works with; lives as long as the conversation.
struct Resources {
  engine::Engine& engine;
  const text::Tokenizer& tokenizer;
  const chat::Marks* marks = nullptr;          // of thinking; null: all is answer
  const sample::TokenBytes* tokens = nullptr;  // for DRY's sequence breakers
  const sample::JsonMask* json = nullptr;      // null: any text
};

// transcript: becomes what can be gone on from; empty after an error.
Result<Answer> generate(const Resources& resources, const Prompt& prompt,
                        const options::Options& options, const Sink& sink, Transcript& transcript);

}  // namespace straddle::conversation
