// From messages to what a template is given, and from what it wrote to a prompt.
#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

#include "chat/chat.h"
#include "chat/data.h"
#include "chat/ollama_template.h"

namespace straddle::chat {
namespace {

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

Result<Template> Template::parse(std::string source, std::string name, Language language) {
  if (language == Language::go) {
    auto parsed = TRY(OllamaTemplate::parse(std::move(source), std::move(name)));
    return Template(std::make_shared<const OllamaTemplate>(std::move(parsed)));
  }
  auto parsed = TRY(templates::JinjaTemplate::parse(std::move(source), std::move(name)));
  return Template(std::move(parsed));
}

Result<Rendered> Template::render(const TemplateInput& input, const TokenTexts& tokens,
                                  std::chrono::local_seconds now, const Limits& limits) const {
  const auto* jinja = std::get_if<templates::JinjaTemplate>(&template_);
  auto text = TRY(jinja ? jinja->render(variables_of(input, tokens), now, limits)
                        : std::get<1>(template_)->render(input, now, limits));
  return rendered_of(std::move(text), input.messages ? input.messages->size() : 0);
}

const std::string& Template::source() const {
  const auto* jinja = std::get_if<templates::JinjaTemplate>(&template_);
  return jinja ? jinja->source() : std::get<1>(template_)->source();
}

}  // namespace straddle::chat
