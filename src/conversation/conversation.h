// The one path from a prompt to events (text, figures) that terminal and server share.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "options/options.h"
#include "text/text.h"

namespace straddle::conversation {

using Duration = std::chrono::nanoseconds;

enum class Ending {
  stop,         // an end-of-generation token or a stop string
  length,       // num_predict reached
  context,      // the context is full
  interrupted,  // the sink asked for it
};

// What `--verbose` and the API report.
struct Figures {
  Ending ending = Ending::stop;
  size_t prompt_tokens = 0, generated_tokens = 0;
  Duration prompt_time{0}, generation_time{0};
};

// Both may say false: stop here.
struct Sink {
  std::function<bool(std::string_view text)> text;             // whole UTF-8 characters, as they come
  std::function<bool(size_t done, size_t total)> prompt = {};  // after each batch of the prompt
};

// Continues `prompt` on an empty sequence. bad_input: the prompt does not fit in the context.
Result<Figures> generate(engine::Engine& engine, const text::Tokenizer& tokenizer,
                         const options::Options& options, const std::vector<text::TokenId>& prompt,
                         const Sink& sink);

// The seed that an option value of -1 stands for.
uint64_t choose_seed(const options::Options& options);

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

}  // namespace straddle::conversation
