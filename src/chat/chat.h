// From a conversation to a prompt: an interpreter of the Jinja that models carry as their chat template,
// which knows of every byte whether it is the template's own or was said by somebody; and templates for
// files that carry none. docs/templates.md.
//
// A template is a program from the internet: it cannot reach anything but the conversation, and ends
// within Limits, whatever it says.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/text.h"

namespace straddle::chat {

using Json = nlohmann::ordered_json;

// What a template is given. The values are the caller's and are only read.
struct Conversation {
  const Json* messages = nullptr;  // a list of {role, content, ...}
  const Json* tools = nullptr;     // null, or JSON's null: the template sees no `tools`
  const Json* extra =
      nullptr;  // an object whose keys become variables: enable_thinking, date_string ...
  bool add_generation_prompt = true;
};

// Texts of the vocabulary's tokens, for bos_token and eos_token.
struct Words {
  std::string bos, eos;
};
Words words_of(const text::Tokenizer& vocabulary);

// What a clock on the wall shows here: for strftime_now.
std::chrono::local_seconds local_time(std::chrono::system_clock::time_point now);

// What one rendering may cost. Whoever asks for more is told which limit it was.
struct Limits {
  uint64_t steps = 20'000'000;  // an operation, or 16 bytes of text made
  uint64_t bytes = 64 << 20;    // of all values alive at once
  uint32_t depth = 1200;        // of evaluation: nested expressions, blocks and macro calls
  std::chrono::milliseconds time{900};
};

struct Rendered {
  std::string text;
  // What came from messages, tools or extra: in order, disjoint, not touching. Never control tokens.
  std::vector<text::Range> quoted;
  // Of each message's content: how many of its bytes, without white space, stand in the text.
  std::vector<size_t> shown;
  // A content that is a list of parts stands in the text as a list, with brackets and keys.
  bool shows_list = false;
};
size_t bytes_of_words(std::string_view text);  // bytes that are no white space

struct Program;  // the parsed template; private

class Template {
 public:
  // name: for errors. An error names the line.
  static Result<Template> parse(std::string source, std::string name);

  // now: what strftime_now tells. Any number of threads may render one template.
  Result<Rendered> render(const Conversation& conversation, const Words& words,
                          std::chrono::local_seconds now, const Limits& limits = {}) const;
  const std::string& source() const;

 private:
  std::shared_ptr<const Program> program_;
};

// What a model file says of itself, as far as it tells which template it wants.
struct ModelTexts {
  std::string chat_template;  // tokenizer.chat_template, or the variant that was asked for; empty: none
  std::string architecture;   // general.architecture
  std::string name;           // general.name
};

struct Choice {
  Template chat_template;
  std::string name;  // "the file's own", or the fallback's: "chatml"
  std::string why;   // empty where the file carries it; else one line for the log
};

// The file's own template; where there is none, a fallback known by the vocabulary's control tokens or
// the model's name. Fails only where the file's own template cannot be parsed.
Result<Choice> choose_template(const ModelTexts& model, const text::Tokenizer& vocabulary);

// A fallback by its name; not_found lists the names.
Result<Template> fallback_template(std::string_view name);

// ---- thinking

// How a family of models marks its thinking in what it writes. The marks may be control tokens.
struct ThinkingStyle {
  std::string_view open, close;
  std::vector<std::string_view> noise;  // channel headers that belong to neither thinking nor answer
  bool mentions(std::string_view piece) const;
};
// Read from the template's own text; null: the model does not think aloud.
const ThinkingStyle* thinking_style(std::string_view template_source);

// Splits what a model writes, as it comes, into thinking and answer.
class ThinkingFilter {
 public:
  // style: may be null, then all is answer. prompt: its end says whether the model begins inside of
  // its thinking.
  ThinkingFilter(const ThinkingStyle* style, std::string_view prompt);

  struct Split {
    std::string thinking, answer;
  };
  Split push(std::string_view text);
  Split finish();
  bool thinking() const { return place_ == Place::thinking; }

 private:
  enum class Place : uint8_t { between, thinking, answer };
  bool step(Split& out);
  bool step_thinking(Split& out);
  bool step_between();
  const ThinkingStyle* style_;
  Place place_;
  std::string held_;
};

}  // namespace straddle::chat
