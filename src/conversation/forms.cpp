#include "conversation/forms.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace straddle::conversation {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBetween = "\n\n";  // texts that become one
constexpr std::string_view kSpace = " \t\r\n";

bool is_system(const Message& message) { return message.role == "system"; }
bool is_user(const Message& message) { return message.role == "user"; }
bool has_words(const Message& message) { return chat::bytes_of_words(message.content) > 0; }

void append(std::string& text, std::string_view more) {
  if (!text.empty() && !more.empty()) text += kBetween;
  text += more;
}

// What system messages say stands before what the user says next; behind the last, where nothing
// follows.
std::vector<Message> reported_by_user(std::span<const Message> messages, bool first_stay) {
  std::vector<Message> out;
  std::string told;
  bool first = first_stay;
  for (const Message& m : messages) {
    first = first && is_system(m);
    if (is_system(m) && !first) {
      append(told, m.content);
      continue;
    }
    out.push_back(m);
    if (!is_user(m) || told.empty()) continue;
    append(told, m.content);
    out.back().content = std::exchange(told, {});
  }
  if (told.empty()) return out;
  if (out.empty() || !is_user(out.back())) out.push_back({"user", ""});
  append(out.back().content, told);
  return out;
}

std::vector<Message> with_neighbours_joined(std::span<const Message> messages) {
  std::vector<Message> out;
  for (const Message& m : messages) {
    if (out.empty() || out.back().role != m.role) {
      out.push_back(m);
      continue;
    }
    append(out.back().content, m.content);
    append(out.back().thinking, m.thinking);
  }
  return out;
}

// `word` stands in the source, and goes on on neither side.
bool is_named(std::string_view word, std::string_view source) {
  const auto goes_on = [](char c) { return c == '_' || c == '-' || std::isalnum(uint8_t(c)); };
  for (size_t at = source.find(word); at != source.npos; at = source.find(word, at + 1)) {
    const std::string_view before = source.substr(0, at), behind = source.substr(at + word.size());
    if ((before.empty() || !goes_on(before.back())) && (behind.empty() || !goes_on(behind[0])))
      return true;
  }
  return false;
}

bool is_for_template(const Message& message, std::string_view source) {
  std::string_view text = message.content;
  text.remove_suffix(text.size() - std::min(text.find_last_not_of(kSpace) + 1, text.size()));
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  const size_t begin = message.role == "assistant" ? text.find_last_of("<[")
                       : text.starts_with('/')     ? 0
                                                   : text.npos;
  if (begin == text.npos) return false;
  const std::string_view word = text.substr(begin);
  const bool is_mark = message.role != "assistant" || word.ends_with('>') || word.ends_with(']');
  return is_mark && word.find_first_of(kSpace) == word.npos && is_named(word, source);
}

}  // namespace

bool contains(std::span<const std::string> list, std::string_view one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

std::vector<Message> shape(std::span<const Message> messages, const Form& form) {
  std::vector<Message> out(messages.begin(), messages.end());
  if (form.systems != Systems::in_place)
    out = reported_by_user(messages, form.systems == Systems::later_to_user);
  return form.neighbours == Neighbours::joined ? with_neighbours_joined(out) : out;
}

Json json_of(std::span<const Message> messages, const Form& form) {
  Json out = Json::array();
  for (const Message& m : messages) {
    const Json text{{"type", "text"}, {"text", m.content}};
    Json one{{"role", m.role}};
    one["content"] = contains(form.parts, m.role) ? Json::array({text}) : Json(m.content);
    if (!m.thinking.empty()) one["reasoning_content"] = one["thinking"] = m.thinking;
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<Message> without_empty_answers(std::span<const Message> messages) {
  std::vector<Message> out;
  std::copy_if(messages.begin(), messages.end(), std::back_inserter(out),
               [](const Message& m) { return m.role != "assistant" || has_words(m); });
  return out;
}

std::vector<std::string> roles_of(std::span<const Message> messages) {
  std::vector<std::string> out;
  for (const Message& m : messages) {
    if (!contains(out, m.role)) out.push_back(m.role);
  }
  return out;
}

std::vector<std::string> lost_roles(std::span<const Message> shaped, const chat::Rendered& rendered,
                                    std::string_view template_source) {
  std::vector<Message> lost;
  for (size_t i = 0; i < shaped.size(); ++i) {
    const bool silent = has_words(shaped[i]) && rendered.shown[i] == 0;
    if (silent && !is_for_template(shaped[i], template_source)) lost.push_back(shaped[i]);
  }
  return roles_of(lost);
}

}  // namespace straddle::conversation
