// From a prompt to an answer: read, choose, show, feed, until something ends it.
#pragma once
#include "conversation/prompt.h"
#include "sample/sample.h"

namespace straddle::conversation {

// Lets text pass but for what may be the beginning of a stop string.
class StopFilter {
 public:
  explicit StopFilter(std::vector<std::string> stops);
  // What of the text so far may be shown. `stopped` after a stop string was met: nothing more comes.
  std::string push(std::string_view text);
  std::string finish();
  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> stops_;  // none is empty
  std::string held_;
  bool stopped_ = false;
};

// What does not change from one answer to the next.
struct Voice {
  engine::Engine& engine;
  const text::Tokenizer& tokenizer;
  const chat::ThinkingStyle* thinking = nullptr;  // null: all is answer
  const sample::TokenBytes* tokens = nullptr;     // for DRY's sequence breakers
  const sample::JsonMask* json = nullptr;         // null: any text
};

// said: becomes what can be gone on from; empty after an error.
Result<Answer> generate(const Voice& voice, const Prompt& prompt, const options::Options& options,
                        const Sink& sink, Said& said);

}  // namespace straddle::conversation
