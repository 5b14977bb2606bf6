#include "chat/ollama_template.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "chat/ollama_values.h"

namespace straddle::chat {
namespace {

using templates::GoPass;
using templates::GoTemplate;

const Json* extra(const TemplateInput& input, const char* key) {
  if (!input.extra || !input.extra->is_object()) return nullptr;
  const auto at = input.extra->find(key);
  return at == input.extra->end() ? nullptr : &*at;
}

// A text of extra; empty where it is none.
std::string_view extra_text(const TemplateInput& input, const char* key) {
  const Json* found = extra(input, key);
  return found && found->is_string() ? std::string_view(found->get_ref<const std::string&>()) : "";
}

// .Think, .ThinkLevel and .IsThinkSet: a level says that the model shall think, where nothing forbids
// it.
Data::Dict thinking(const TemplateInput& input) {
  std::optional<bool> think;
  for (const char* key : {"enable_thinking", "thinking", "think"}) {
    const Json* found = extra(input, key);
    if (!think && found && found->is_boolean()) think = found->get<bool>();
  }
  std::string_view level = extra_text(input, "reasoning_effort");
  if (!think && !level.empty()) think = true;
  if (!think.value_or(false)) level = {};
  return {{"Think", {think.value_or(false)}},
          {"ThinkLevel", {level, kSomebody}},
          {"IsThinkSet", {think.has_value()}}};
}

// One turn of an old template, as far as it is known.
struct Turn {
  Data::Pieces system, prompt, response;

  Data dot(const TemplateInput& input) const {
    Data::Dict out = thinking(input);
    out.push_back({"System", text_data(system)});
    out.push_back({"Prompt", text_data(prompt)});
    out.push_back({"Response", text_data(response)});
    return {std::move(out), kSomebody};
  }
};

// What stands around a place where the model shall write. Nothing where no text follows it.
std::optional<Data> gap(const TemplateInput& input, const std::vector<JoinedMessage>& messages) {
  const std::string_view suffix = extra_text(input, "suffix");
  if (suffix.empty() || messages.empty() || bytes_in(messages.back().content) == 0) return {};
  Data::Dict out = thinking(input);
  out.push_back({"Prompt", text_data(messages.back().content)});
  out.push_back({"Suffix", {suffix, kSomebody}});
  out.push_back({"Response", {std::string_view()}});
  return Data{std::move(out), kSomebody};
}

// All turns but the last are whole; the last ends where the model goes on.
std::vector<GoPass> turns(const TemplateInput& input, const std::vector<JoinedMessage>& messages,
                          const GoTemplate& whole, const GoTemplate& last) {
  std::vector<GoPass> out;
  Turn turn;
  const auto finish = [&](bool needed) {
    if (needed) out.push_back({whole, std::exchange(turn, {}).dot(input)});
  };
  for (const JoinedMessage& message : messages) {
    const bool answered = bytes_in(turn.response) > 0;
    if (message.role == "system") {
      finish(answered || bytes_in(turn.prompt) > 0);
      turn.system = message.content;
    } else if (message.role == "user") {
      finish(answered);
      turn.prompt = message.content;
    } else if (message.role == "assistant") {
      turn.response = message.content;
    }
  }
  out.push_back({last, turn.dot(input)});
  return out;
}

}  // namespace

OllamaTemplate::OllamaTemplate(std::string source, GoTemplate whole)
    : source_(std::move(source)),
      whole_(std::move(whole)),
      last_turn_(whole_.ending_at("Response")),
      takes_messages_(whole_.mentions("messages")) {}

Result<OllamaTemplate> OllamaTemplate::parse(std::string source, std::string name) {
  auto whole = TRY(GoTemplate::parse(source, name));
  if (!whole.mentions("messages") && !whole.mentions("response"))
    whole = TRY(GoTemplate::parse(source + "{{ .Response }}", std::move(name)));
  return OllamaTemplate(std::move(source), std::move(whole));
}

Result<templates::AttributedText> OllamaTemplate::render(const TemplateInput& input,
                                                         std::chrono::local_seconds now,
                                                         const Limits& limits) const {
  static const Json kNone = Json::array();
  const Json& said = input.messages ? *input.messages : kNone;
  const auto messages = joined_messages(said);
  std::deque<Json> made;
  std::vector<GoPass> passes;
  if (auto around = gap(input, messages)) {
    passes.push_back({whole_, std::move(*around)});
  } else if (takes_messages_) {
    Data::Dict dot = thinking(input);
    dot.push_back({"System", text_data(all_systems(said))});
    dot.push_back({"Messages", TRY(messages_data(messages, made))});
    dot.push_back({"Tools", tools_data(input.tools)});
    dot.push_back({"Response", {std::string_view()}});
    passes.push_back({whole_, {std::move(dot), kSomebody}});
  } else {
    passes = turns(input, messages, whole_, last_turn_);
  }
  return templates::render(passes, now, limits);
}

}  // namespace straddle::chat
