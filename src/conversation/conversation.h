// The one path that terminal and server share: a model is loaded; then messages become a prompt, ids,
// logits, chosen ids, and of them text, thinking and statistics.
//
// Threads: one at a time may use a LoadedModel and its Conversation, from any thread. Sinks are called
// by the thread that asks, before the call returns.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/chat.h"
#include "engine/engine.h"
#include "gguf/gguf.h"
#include "options/options.h"
#include "text/text.h"

namespace straddle::conversation {

using Duration = std::chrono::nanoseconds;

struct Message {
  std::string role;  // system, user, assistant
  std::string content;
  std::string thinking = {};  // of an assistant, before its answer

  bool operator==(const Message&) const = default;
};

// What is asked beside messages and options.
struct AnswerRequest {
  std::optional<bool> think = {};  // none: as the model is used to
  std::string effort = {};         // "low", "medium", "high", "max"; empty: the model's own
  bool json = false;               // the answer is one JSON object
  std::chrono::system_clock::time_point now =
      std::chrono::system_clock::now();  // for templates that date
};

enum class Ending {
  stop,         // an end-of-generation token or a stop string
  length,       // num_predict reached
  context,      // the context is full
  interrupted,  // the sink asked for it
};

// What `--verbose` and the API report.
struct Statistics {
  Ending ending = Ending::stop;
  size_t dropped_messages = 0;  // the oldest, for want of context
  size_t reused_tokens = 0;     // of the prompt, from the turn before
  size_t prompt_tokens = 0;     // computed now
  size_t generated_tokens = 0;
  Duration prompt_time{0}, generation_time{0};
};

struct Answer {
  Message message;
  Statistics statistics;
  // What was done to messages that the chat template does not take or show as they are, or to the BOS of
  // a raw prompt: a line for each thing, once.
  std::vector<std::string> warnings = {};

  // False: stopped before its first token. Such a turn is not remembered, as one that failed is not.
  bool begun() const {
    return statistics.ending != Ending::interrupted || statistics.generated_tokens > 0;
  }
};

// Whole UTF-8 characters, as they come; a text is valid during its call. False: stop here.
struct Sink {
  std::function<bool(std::string_view text)> text;
  std::function<bool(std::string_view text)> thinking = {};    // none: it is not shown
  std::function<bool(size_t done, size_t total)> prompt = {};  // after each batch of the prompt
};

// A model in conversation, on sequence 0 of its engine. Each turn computes only what the one before did
// not. The engine must outlive it.
class Conversation {
 public:
  Conversation(engine::Engine& engine, text::Tokenizer tokenizer, chat::Template chat_template);
  ~Conversation();

  bool can_think() const;

  // The answer to the last message. Where the messages do not fit in the context, the oldest turns are
  // left out, system messages and the last turn never. Answers that say nothing, and those that the
  // template refuses, are not told to the model again. bad_input: the last turn alone does not fit, or
  // the template refuses the messages in every form (rendering.h).
  Result<Answer> answer(std::span<const Message> messages, const AnswerRequest& asked,
                        const options::Options& options, const Sink& sink);

  // What follows a text as it is, without a template; control tokens in it count as such. One BOS stands
  // in front where the vocabulary adds it, and nothing behind.
  Result<Answer> complete(std::string_view text, const AnswerRequest& asked,
                          const options::Options& options, const Sink& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The seed that an option value of -1 stands for.
uint64_t choose_seed(const options::Options& options);

// ---- loading

// Called by the thread that loads, before the call returns; not kept.
using Warn = std::function<void(const std::string& line)>;

Result<text::Tokenizer> load_tokenizer(const gguf::File& file, const Warn& warn);
// for_tools: the file's template for tools, where it has one. go_template:
// chat::ModelTexts::go_template.
Result<chat::ChosenTemplate> choose_template(const gguf::File& file, const text::Tokenizer& tokenizer,
                                             bool for_tools = false,
                                             const std::string& go_template = {});

// What the engine is asked for, as options say: which devices, and what they may take, is for the caller
// to add.
engine::LoadOptions load_options(const options::Options& options);
// Whether a model that was loaded with the one is as it should be for the other.
bool same_loading(const options::Options& a, const options::Options& b);

// What a user should know of a context, in tokens: asked for (0: it was not), taken, and the model's
// own.
void warn_of_context(uint32_t asked, uint32_t context, uint32_t own, const Warn& warn);

// Loads an engine. What a user should know of it goes to `warn`.
Result<engine::Engine> load_engine(const gguf::File& file, const engine::LoadOptions& options,
                                   const engine::LoadProgress& progress, const Warn& warn);

struct ModelOptions {
  engine::LoadOptions load = {};
  bool raw = false;              // only complete() will be asked for: the file's template may be broken
  std::string go_template = {};  // chat::ModelTexts::go_template
  engine::LoadProgress progress = {};
  Warn warn = [](const std::string&) {};
};

// A model that is ready to talk. It stays where it is made: the conversation refers to the engine.
struct LoadedModel {
  gguf::File file;
  chat::Template chat_template;
  engine::Engine engine;
  Conversation conversation;
  Duration load_time;

  static Result<std::unique_ptr<LoadedModel>> load(gguf::File file, const ModelOptions& with);

  LoadedModel(gguf::File f, text::Tokenizer t, chat::Template c, engine::Engine e);
  LoadedModel(const LoadedModel&) = delete;
};

}  // namespace straddle::conversation
