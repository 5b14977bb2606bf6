// From messages to a prompt, by the chat template that a model carries, or by one of ours for files that
// carry none; and what of a model's answer is its thinking. Of every byte of a prompt it is known
// whether it is the template's own or was said by somebody. docs/templates.md.
//
// Threads: everything here but ThinkingFilter is read only once it is made, and may be used by any
// number of threads; a ThinkingFilter belongs to one answer.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "templates/templates.h"
#include "text/text.h"

namespace straddle::chat {

using Json = nlohmann::ordered_json;
using templates::Limits;

// What a template is given. The values are the caller's, are only read, and must outlive the rendering.
struct TemplateInput {
  const Json* messages = nullptr;  // a list of {role, content, ...}
  const Json* tools = nullptr;     // null, or JSON's null: the template sees no `tools`
  const Json* extra =
      nullptr;  // an object whose keys become variables: enable_thinking, date_string ...
  bool add_generation_prompt = true;
};

// Texts of the vocabulary's tokens, for bos_token and eos_token.
struct TokenTexts {
  std::string bos, eos;
};
TokenTexts token_texts(const text::Tokenizer& vocabulary);

// What a clock on the wall shows here: for strftime_now.
std::chrono::local_seconds local_time(std::chrono::system_clock::time_point now);

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

// What a template is written in: Jinja in model files, Go's text/template in the manifests of Ollama's
// store and in Modelfiles.
enum class Language : uint8_t { jinja, go };
class OllamaTemplate;  // private

class Template {
 public:
  // name: for errors. bad_file: an error names the line.
  static Result<Template> parse(std::string source, std::string name,
                                Language language = Language::jinja);

  // now: what strftime_now and currentDate tell. A Go template does not look at add_generation_prompt or
  // at tokens; of extra at enable_thinking, reasoning_effort and suffix (a text that stands behind what
  // the model shall write). bad_input: the template raised, or passed a limit.
  Result<Rendered> render(const TemplateInput& input, const TokenTexts& tokens,
                          std::chrono::local_seconds now, const Limits& limits = {}) const;
  const std::string& source() const;  // as long as a copy of it lives

 private:
  using Parsed = std::variant<templates::JinjaTemplate, std::shared_ptr<const OllamaTemplate>>;
  explicit Template(Parsed parsed) : template_(std::move(parsed)) {}
  Parsed template_;
};

// What a model file says of itself, as far as it tells which template it wants.
struct ModelTexts {
  std::string chat_template;  // tokenizer.chat_template, or the variant that was asked for; empty: none
  std::string architecture;   // general.architecture
  std::string name;           // general.name
  std::string go_template = {};  // of a store's manifest, or a Modelfile: wins; empty: none
};

struct ChosenTemplate {
  Template chat_template;
  std::string name;  // "the file's own", "the model's own" (in Go), or the fallback's: "chatml"
  std::string why;   // empty where the file carries it; else one line for the user
};

// The Go template that came with the model, else the file's own; where there is none, a fallback known
// by the vocabulary's control tokens or the model's name. Fails only where the one that is there cannot
// be parsed.
Result<ChosenTemplate> choose_template(const ModelTexts& model, const text::Tokenizer& vocabulary);

// A fallback by its name; not_found lists the names.
Result<Template> fallback_template(std::string_view name);

// ---- thinking

// Whether models with this template are known to think aloud.
bool thinks_aloud(std::string_view template_source);

struct ThinkingStyle;  // how a family of models marks its thinking: a row of the table; private
struct Mark;
enum class Place : uint8_t;

// The marks of a family in a vocabulary. Where a mark is one token, that token alone is the mark: the
// same words in other tokens are words.
class Marks {
 public:
  // The template's own text tells the family.
  Marks(std::string_view template_source, const text::Tokenizer& vocabulary);
  std::string_view family() const;  // empty: the model does not think aloud; lasts for ever
  bool has_token(std::string_view piece) const { return token(piece); }

 private:
  friend class ThinkingFilter;
  const Mark* token(std::string_view piece) const;  // null: no mark
  const ThinkingStyle* style_;
  std::vector<bool> tokens_;  // of the style's marks: those that are one token
};

enum class Section : uint8_t {
  thinking,
  answer,
  aside,      // headers of messages and calls of tools: shown to nobody
  control,    // a token that shows nothing
  mark,       // the same, between two sections
  late_mark,  // ends thinking that no mark began: what was answer until here was thinking
};

struct SectionText {
  Section section;
  std::string text;  // as written
};

// Tells in what a model writes, as it comes, which section is what.
class ThinkingFilter {
 public:
  // marks: may be null, then all is answer; else it must outlive the filter. opening, which is not kept:
  // what the template wrote behind the last message; it says whether the model begins inside of its
  // thinking.
  ThinkingFilter(const Marks* marks, std::string_view opening);

  std::vector<SectionText> push(std::string_view text);
  // A token that is a mark, or hidden: one that shows nothing.
  std::vector<SectionText> push_token(std::string_view piece, bool hidden);
  std::vector<SectionText> finish();

  bool answers() const;                      // what comes next is answer, if it is no mark
  bool settled() const { return settled_; }  // a mark was met: no late one can come

 private:
  std::pair<size_t, const Mark*> next_mark(std::string_view text, bool tokens_too) const;
  bool counts(const Mark& mark, bool token, bool hidden) const;
  void read_opening(std::string_view text);
  void read_held(bool all);
  void enter(const Mark& mark);
  void enter_body();
  void quote(const Mark* mark, std::string_view text);
  void emit(std::string_view text);
  void emit_header(std::string_view text);
  void emit_answer(std::string_view text);

  const Marks* marks_;
  Place place_;
  bool quoted_ = false;  // an opening mark stood in the answer
  bool settled_ = false;
  bool blank_ = true;     // nothing but white space since the beginning or the last mark
  bool wrapped_ = false;  // the answer's own opening mark was met
  char last_ = '\n';      // byte of the answer before
  size_t prompted_ = 0;   // so much of header_ the prompt wrote; npos: the model wrote a mark since
  std::string held_, blanks_, header_;
  std::vector<SectionText> out_;
};

}  // namespace straddle::chat
