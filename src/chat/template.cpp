// From messages to what a template is given, and from what it wrote to a prompt.
#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

#include "chat/chat.h"

namespace straddle::chat {
namespace {

using templates::Data;
using templates::Origin;

// Who wrote what, beside the template itself.
constexpr Origin kSomebody{1};  // tools, extra, what a message holds beside its words
constexpr Origin kList{2};      // the brackets and keys of a message's content that is a list of parts
constexpr uint32_t kFirstMessage = 3;  // from here on: the words of a message, by its number

Origin words_of(size_t message) { return Origin(kFirstMessage + uint32_t(message)); }

// In a message's content, the texts are its words.
struct Sources {
  Origin words, rest;
};
constexpr Sources kNoWords{kSomebody, kSomebody};

constexpr uint32_t kDeepestJson = 200;  // deeper than templates take: they name what is wrong

Data from_json(const Json& json, const Sources& by = kNoWords, uint32_t depth = 0) {
  if (depth > kDeepestJson) return {};
  switch (json.type()) {
    case Json::value_t::boolean:
      return {json.get<bool>(), by.rest};
    case Json::value_t::number_integer:
      return {json.get<int64_t>(), by.rest};
    case Json::value_t::number_unsigned:
      return {json.get<uint64_t>(), by.rest};
    case Json::value_t::number_float:
      return {json.get<double>(), by.rest};
    case Json::value_t::string:
      return {std::string_view(json.get_ref<const std::string&>()), by.words};
    case Json::value_t::array: {
      Data::List items;
      for (const Json& item : json) items.push_back(from_json(item, by, depth + 1));
      return {std::move(items), by.rest};
    }
    case Json::value_t::object: {
      Data::Dict entries;
      for (const auto& [key, value] : json.items()) {
        const bool words = key == "text" || by.words == by.rest;
        entries.push_back({key, from_json(value, words ? by : Sources{by.rest, by.rest}, depth + 1)});
      }
      return {std::move(entries), by.rest};
    }
    default:
      return {Data::Nothing(), by.rest};
  }
}

// A role is chosen from these words by whoever made the conversation, not said by anybody; templates
// make control tokens of it ('<|' + role + '|>'), which a quoted word could not become.
bool is_usual_role(std::string_view role) {
  static constexpr std::string_view kRoles[] = {"system", "user",      "assistant",
                                                "tool",   "developer", "function"};
  return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

Data message_data(const Json& message, size_t number) {
  if (!message.is_object()) return from_json(message);
  const Sources content{words_of(number), kList};
  Data::Dict entries;
  for (const auto& [key, value] : message.items()) {
    const bool plain =
        key == "role" && value.is_string() && is_usual_role(value.get_ref<const std::string&>());
    entries.push_back({key, plain ? from_json(value, {Origin::own, Origin::own})
                                  : from_json(value, key == "content" ? content : kNoWords)});
  }
  return {std::move(entries), kSomebody};
}

Data messages_data(const Json& messages) {
  if (!messages.is_array()) return from_json(messages);
  Data::List out;
  for (const Json& message : messages) out.push_back(message_data(message, out.size()));
  return {std::move(out), kSomebody};
}

Data own_text(const std::string& text) { return {std::string_view(text), Origin::own}; }

Data::Dict variables_of(const TemplateInput& input, const TokenTexts& tokens) {
  Data::Dict out;
  out.push_back({"bos_token", own_text(tokens.bos)});
  out.push_back({"eos_token", own_text(tokens.eos)});
  out.push_back({"add_generation_prompt", {input.add_generation_prompt, Origin::own}});
  if (input.messages) out.push_back({"messages", messages_data(*input.messages)});
  if (input.tools && !input.tools->is_null()) out.push_back({"tools", from_json(*input.tools)});
  if (!input.extra || !input.extra->is_object()) return out;
  for (const auto& [name, value] : input.extra->items()) out.push_back({name, from_json(value)});
  return out;
}

// Sources that touch become one range: the tokenizer need not know who said what.
Rendered rendered_of(templates::AttributedText text, size_t messages) {
  Rendered out{.text = std::move(text.bytes), .quoted = {}, .shown = std::vector<size_t>(messages)};
  for (const auto& [begin, end, origin] : text.quoted) {
    if (!out.quoted.empty() && out.quoted.back().end == begin) {
      out.quoted.back().end = end;
    } else {
      out.quoted.push_back({begin, end});
    }
    if (origin == kList) out.shows_list = true;
    if (uint32_t(origin) >= kFirstMessage)
      out.shown[uint32_t(origin) - kFirstMessage] +=
          bytes_of_words(std::string_view(out.text).substr(begin, end - begin));
  }
  return out;
}

}  // namespace

size_t bytes_of_words(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  return size_t(std::count_if(text.begin(), text.end(),
                              [&](char c) { return kSpace.find(c) == std::string_view::npos; }));
}

TokenTexts token_texts(const text::Tokenizer& vocabulary) {
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
  auto parsed = TRY(templates::JinjaTemplate::parse(std::move(source), std::move(name)));
  return Template(std::move(parsed));
}

Result<Rendered> Template::render(const TemplateInput& input, const TokenTexts& tokens,
                                  std::chrono::local_seconds now, const Limits& limits) const {
  auto text = TRY(template_.render(variables_of(input, tokens), now, limits));
  return rendered_of(std::move(text), input.messages ? input.messages->size() : 0);
}

}  // namespace straddle::chat
