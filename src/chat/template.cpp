// Template: parsed once, rendered by an Interpreter of its own each time.
#include <algorithm>
#include <ctime>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>

#include "chat/jinja/interpreter.h"
#include "chat/jinja/parser.h"

namespace straddle::chat {
namespace {

constexpr size_t kLongestSource = 1 << 20;  // bytes; the longest that models carry are 30 kB
constexpr uint32_t kDeepestJson = 150;

// All that comes from a conversation is quoted; in a message's content, the texts are its words.
struct Speaker {
  Source words, rest;
};
constexpr Speaker kSomebody{Source::somebody, Source::somebody};

Value from_json(Interpreter& in, const Json& json, uint32_t depth, const Speaker& by = kSomebody) {
  if (depth > kDeepestJson)
    fail_with("messages or tools nest deeper than " + std::to_string(kDeepestJson));
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value::boolean(json.get<bool>(), by.rest);
    case Json::value_t::number_integer:
      return Value::integer(json.get<int64_t>(), by.rest);
    case Json::value_t::number_unsigned:
      return Value::integer(json.get<uint64_t>(), by.rest);
    case Json::value_t::number_float:
      return Value::real(json.get<double>(), by.rest);
    case Json::value_t::string:
      return in.text(json.get_ref<const std::string&>(), by.words);
    case Json::value_t::array: {
      Values items;
      for (const Json& item : json) items.push_back(from_json(in, item, depth + 1, by));
      return in.list(std::move(items), ListKind::list, by.rest);
    }
    case Json::value_t::object: {
      DictObject::Entries entries;
      for (const auto& [key, value] : json.items()) {
        const bool words = key == "text" || by.words == by.rest;
        entries.emplace_back(in.text(key, by.rest),
                             from_json(in, value, depth + 1, words ? by : Speaker{by.rest, by.rest}));
      }
      return in.dict(std::move(entries), by.rest);
    }
    default:
      return Value::none(by.rest);
  }
}

// A role is chosen from these words by whoever made the conversation, not said by anybody; templates
// make control tokens of it ('<|' + role + '|>'), which a quoted word could not become.
bool is_usual_role(std::string_view role) {
  static constexpr std::string_view kRoles[] = {"system", "user",      "assistant",
                                                "tool",   "developer", "function"};
  return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

Source words_of(size_t message) { return Source(uint32_t(Source::first_message) + uint32_t(message)); }

Value message_value(Interpreter& in, const Json& message, size_t number) {
  if (!message.is_object()) return from_json(in, message, 1);
  const Speaker content{words_of(number), Source::list};
  DictObject::Entries entries;
  for (const auto& [key, value] : message.items()) {
    const bool plain =
        key == "role" && value.is_string() && is_usual_role(value.get_ref<const std::string&>());
    entries.emplace_back(in.text(key, Source::somebody),
                         plain ? in.text(value.get_ref<const std::string&>())
                               : from_json(in, value, 2, key == "content" ? content : kSomebody));
  }
  return in.dict(std::move(entries), Source::somebody);
}

Value messages_value(Interpreter& in, const Json& messages) {
  if (!messages.is_array()) return from_json(in, messages, 0);
  Values out;
  for (const Json& message : messages) out.push_back(message_value(in, message, out.size()));
  return in.list(std::move(out), ListKind::list, Source::somebody);
}

void set_variables(Interpreter& in, const Conversation& conversation, const Words& words) {
  in.set_variable("bos_token", in.text(words.bos));
  in.set_variable("eos_token", in.text(words.eos));
  in.set_variable("add_generation_prompt", Value::boolean(conversation.add_generation_prompt));
  if (conversation.messages) in.set_variable("messages", messages_value(in, *conversation.messages));
  if (conversation.tools && !conversation.tools->is_null())
    in.set_variable("tools", from_json(in, *conversation.tools, 0));
  if (!conversation.extra || !conversation.extra->is_object()) return;
  for (const auto& [name, value] : conversation.extra->items())
    in.set_variable(name, from_json(in, value, 0));
}

// Sources that touch become one range: the tokenizer need not know who said what.
Rendered rendered_of(MarkedText text, size_t messages) {
  Rendered out{.text = std::move(text.bytes), .quoted = {}, .shown = std::vector<size_t>(messages)};
  for (const auto& [begin, end, source] : text.quoted) {
    if (!out.quoted.empty() && out.quoted.back().end == begin) {
      out.quoted.back().end = end;
    } else {
      out.quoted.push_back({begin, end});
    }
    if (source == Source::list) out.shows_list = true;
    if (source >= Source::first_message)
      out.shown[uint32_t(source) - uint32_t(Source::first_message)] +=
          bytes_of_words(std::string_view(out.text).substr(begin, end - begin));
  }
  return out;
}

// Line 0: before the first statement.
std::string place(const Program& program, uint32_t line) {
  return line == 0 ? program.name : program.name + " line " + std::to_string(line);
}

}  // namespace

size_t bytes_of_words(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  return size_t(std::count_if(text.begin(), text.end(),
                              [&](char c) { return kSpace.find(c) == std::string_view::npos; }));
}

Words words_of(const text::Tokenizer& vocabulary) {
  const auto word = [&](std::optional<text::TokenId> id) {
    return id ? std::string(vocabulary.piece(*id)) : std::string();
  };
  return {word(vocabulary.bos()), word(vocabulary.eos())};
}

std::chrono::local_seconds local_time(std::chrono::system_clock::time_point now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm wall{};
  ::localtime_r(&seconds, &wall);
  return std::chrono::local_seconds(std::chrono::seconds(::timegm(&wall)));
}

Result<Template> Template::parse(std::string source, std::string name) {
  auto program = std::make_shared<Program>();
  program->source = std::move(source);
  program->name = std::move(name);
  try {
    if (program->source.size() > kLongestSource) throw Failure{"a template of more than 1 MiB", 1};
    parse_into(*program);
  } catch (const Failure& failure) {
    return fail(ErrorKind::bad_file, place(*program, failure.line), failure.what);
  }
  Template out;
  out.program_ = std::move(program);
  return out;
}

Result<Rendered> Template::render(const Conversation& conversation, const Words& words,
                                  std::chrono::local_seconds now, const Limits& limits) const {
  std::optional<Interpreter> in;
  try {
    in.emplace(*program_, limits, now);
    set_variables(*in, conversation, words);
    return rendered_of(in->run(), conversation.messages ? conversation.messages->size() : 0);
  } catch (const Failure& failure) {
    return fail(ErrorKind::bad_input, place(*program_, in ? in->line() : 0), failure.what);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::no_memory, program_->name, "no memory is left to render it");
  }
}

const std::string& Template::source() const { return program_->source; }

}  // namespace straddle::chat
