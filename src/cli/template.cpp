// `straddle template`: a conversation as the prompt that a model would be given.
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "chat/chat.h"
#include "cli/commands.h"
#include "cli/each_line.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/output.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

using chat::Json;

// A template and the words of the vocabulary that it came with.
struct ParsedTemplate {
  chat::Template chat_template;
  chat::TokenTexts words;
};

Result<std::chrono::local_seconds> clock(const std::string& words) {
  if (words.empty()) return chat::local_time(std::chrono::system_clock::now());
  std::tm time{};
  const char* end = strptime(words.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  if (!end || *end != 0)
    return fail(ErrorKind::usage, "--now", "'" + words + "' is no time", "2026-11-24T09:05:07");
  return std::chrono::local_seconds(std::chrono::seconds(timegm(&time)));
}

// ---- where a template comes from

bool is_go(const std::string& path) { return std::filesystem::path(path).extension() == ".gotmpl"; }

// A pipe holds a template, too: a model could not be read from one.
bool is_source(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::path(path).extension() == ".jinja" || is_go(path) ||
         std::filesystem::is_fifo(path, ignored);
}

Result<ParsedTemplate> from_text(std::string text, const std::string& name) {
  const auto language = is_go(name) ? chat::Language::go : chat::Language::jinja;
  auto parsed = TRY(chat::Template::parse(std::move(text), name, language));
  return ParsedTemplate{std::move(parsed), {}};
}

Result<ParsedTemplate> from_source(const std::string& path) {
  auto text = TRY(read_text(path, "the template"));
  return from_text(std::move(text), path);
}

// for_tools: the file's template for tools comes first.
Result<ParsedTemplate> from_model(const std::string& name, bool for_tools) {
  const auto found = TRY(store::find_model(name));
  auto file = TRY(store::open_vocabulary(found.path));
  auto tokenizer = TRY(conversation::load_tokenizer(file, warn));
  const std::string of_go = found.stored ? found.stored->chat_template : "";
  auto choice = TRY(conversation::choose_template(file, tokenizer, for_tools, of_go));
  if (!choice.why.empty()) warn(choice.why);
  return ParsedTemplate{std::move(choice.chat_template), chat::token_texts(tokenizer)};
}

Result<ParsedTemplate> open_template(const Request& request, bool for_tools) {
  const std::string& path = request.words.at(0);
  if (is_source(path)) return from_source(path);
  if (std::filesystem::is_directory(path)) {
    return fail(ErrorKind::usage, path, "is a folder", "a folder of templates needs --batch FILE.jsonl");
  }
  return from_model(path, for_tools);
}

// ---- what it is given

bool has_tools(const Json& said) {
  return said.is_object() && said.contains("tools") && !said["tools"].is_null();
}

const Json* part(const Json& said, const char* key) {
  const auto found = said.is_object() ? said.find(key) : said.end();
  return said.is_object() && found != said.end() ? &*found : nullptr;
}

std::string word(const Json& said, const char* key, const std::string& preset) {
  const Json* found = part(said, key);
  return found && found->is_string() ? found->get<std::string>() : preset;
}

// said: a list of messages, or an object {messages, tools, add_generation_prompt, bos_token, eos_token,
// extra}.
Result<chat::Rendered> render(const ParsedTemplate& parsed, const Json& said,
                              std::chrono::local_seconds now) {
  const Json* messages = said.is_array() ? &said : part(said, "messages");
  if (!messages || !messages->is_array()) {
    return fail(ErrorKind::bad_input, "messages", "neither a list of messages nor an object with one");
  }
  const Json* prompt = part(said, "add_generation_prompt");
  const chat::TemplateInput input{messages, part(said, "tools"), part(said, "extra"),
                                  !prompt || !prompt->is_boolean() || prompt->get<bool>()};
  return parsed.chat_template.render(
      input, {word(said, "bos_token", parsed.words.bos), word(said, "eos_token", parsed.words.eos)},
      now);
}

std::string span_lines(const chat::Rendered& rendered) {
  std::string out;
  size_t at = 0;
  const std::string_view text = rendered.text;
  const auto add = [&](const char* from, size_t end) {
    if (end > at) out += from + quoted_json(text.substr(at, end - at)) + "\n";
    at = end;
  };
  for (const auto& [begin, end] : rendered.quoted) {
    add("template ", begin);
    add("message  ", end);
  }
  add("template ", text.size());
  return out;
}

// ---- many at once

// The template of a line: its own source, a name in the folder, or the file that was named.
Result<ParsedTemplate> template_of_line(const Request& request, const Json& line) {
  const std::string& path = request.words.at(0);
  if (const Json* own = part(line, "source"); own && own->is_string())
    return from_text(own->get<std::string>(), "source");
  if (!std::filesystem::is_directory(path)) return open_template(request, has_tools(line));
  const std::string name = word(line, "template", "");
  if (name.empty() || name.find('/') != name.npos) {
    return fail(ErrorKind::bad_input, "template",
                name.empty() ? "neither a template nor a source" : "'" + name + "' is no name");
  }
  return from_source(path + "/" + name + ".jinja");
}

Result<std::string> answer_line(const Request& request, const Json& line,
                                std::chrono::local_seconds now) {
  if (!line.is_object()) return fail(ErrorKind::bad_input, "", "not a JSON object");
  auto source = template_of_line(request, line);
  auto rendered = source ? render(*source, line, now) : Result<chat::Rendered>(fail(source));
  if (rendered) return "{\"text\": " + quoted_json(rendered->text) + "}";
  return "{\"error\": " + quoted_json(one_line(rendered.error())) + "}";
}

// What would have no effect beside lines that hold their own conversations.
Status check_together(const Request& request) {
  if (request.batch.empty() || (request.messages.empty() && !request.spans)) return {};
  return fail(ErrorKind::usage, request.spans ? "--spans" : "--messages", "does not go with --batch",
              "leave one out");
}

}  // namespace

Status show_template(const Request& request) {
  TRY(check_together(request));
  const auto now = clock(request.now);
  if (!now) return tl::unexpected<Error>(now.error());
  if (!request.batch.empty()) {
    return each_line(request.batch, [&](const Json& line) { return answer_line(request, line, *now); });
  }
  auto text = TRY(read_text(request.messages, "the messages"));
  const Json said = parse_json(std::move(text));
  if (said.is_discarded()) {
    return fail(ErrorKind::bad_input, request.messages.empty() ? "standard input" : request.messages,
                "not JSON");
  }
  auto source = TRY(open_template(request, has_tools(said)));
  auto rendered = TRY(render(source, said, *now));
  if (request.spans) {
    say(span_lines(rendered));
  } else if (say(rendered.text) && isatty(STDOUT_FILENO)) {
    say("\n");  // a person's next line; a program gets the bytes of the prompt alone
  }
  return {};
}

}  // namespace straddle::cli
