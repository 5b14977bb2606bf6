#include "chat/thinking_styles.h"

#include <algorithm>

namespace straddle::chat {
namespace {

ThinkingStyle tags(std::string_view family, std::string_view open, std::string_view close) {
  return {family, {open, close}, {{open, Leads::thinking}, {close, Leads::after_thinking}}};
}

// Answers stand in tags too, behind the thinking.
ThinkingStyle wrapped(std::string_view family, std::vector<std::string_view> known_by,
                      std::string_view open, std::string_view close) {
  ThinkingStyle out = tags(family, "<think>", "</think>");
  out.known_by = std::move(known_by);
  out.marks.push_back({open, Leads::answer});
  out.marks.push_back({close, Leads::after_answer});
  return out;
}

// gpt-oss (harmony) names a channel in the header, muse a recipient. What is for a tool names it.
ThinkingStyle messages() {
  return {"messages",
          {"<|channel|>", "to=self<|message|>"},
          {{"<|start|>", Leads::header},
           {"<|channel|>", Leads::header},
           {"<|constrain|>", Leads::header},
           {"<|message|>", Leads::body},
           {"<|end|>", Leads::between},
           {"<|return|>", Leads::between},
           {"<|call|>", Leads::between},
           {"<|eom|>", Leads::between}},
          {{"to=self", Place::thinking},
           {"to=user", Place::answer},
           {"to=", Place::aside},
           {"analysis", Place::thinking}},
          true};
}

ThinkingStyle gemma4() {
  return {"gemma4",
          {"<|channel>", "<channel|>"},
          {{"<|channel>", Leads::header}, {"<channel|>", Leads::after_thinking}},
          {{"", Place::thinking}},  // there is one channel, "thought"
          false,
          true};
}

ThinkingStyle command() {
  ThinkingStyle out = tags("command", "<|START_THINKING|>", "<|END_THINKING|>");
  for (std::string_view open : {"<|START_RESPONSE|>", "<|START_TEXT|>"})
    out.marks.push_back({open, Leads::answer});
  for (std::string_view close : {"<|END_RESPONSE|>", "<|END_TEXT|>"})
    out.marks.push_back({close, Leads::after_answer});
  return out;
}

ThinkingStyle solar() {
  return {"solar",
          {"<|begin|>assistant<|think|>"},
          {{"<|begin|>", Leads::header},
           {"<|think|>", Leads::thinking},
           {"<|content|>", Leads::answer},
           {"<|end|>", Leads::between}},
          {},
          true};
}

// Tags whose angle brackets are tokens: <|open|>think<|sep|> ... <|close|>think<|sep|>.
ThinkingStyle kimi3() {
  return {"kimi3",
          {"<|open|>"},
          {{"<|open|>", Leads::header}, {"<|close|>", Leads::header}, {"<|sep|>", Leads::body}},
          {{"<|close|>", Place::between},
           {"think", Place::thinking},
           {"tools", Place::aside},
           {"call", Place::aside},
           {"argument", Place::aside},
           {"json", Place::aside}},
          true};
}

// Thinks from the first word on, without a mark.
ThinkingStyle apriel() {
  return {
      "apriel",
      {"[BEGIN FINAL RESPONSE]"},
      {{"[BEGIN FINAL RESPONSE]", Leads::final_answer}, {"[END FINAL RESPONSE]", Leads::after_answer}}};
}

// Marks as the templates of the families write them; what is more special comes first.
const std::vector<ThinkingStyle>& styles() {
  static const std::vector<ThinkingStyle> kStyles{
      messages(),
      gemma4(),
      solar(),
      kimi3(),
      command(),
      apriel(),
      tags("mistral", "[THINK]", "[/THINK]"),
      tags("seed", "<seed:think>", "</seed:think>"),
      tags("apertus", "<|inner_prefix|>", "<|inner_suffix|>"),
      tags("minimax3", "<mm:think>", "</mm:think>"),
      {"hunyuan3",
       {"<think{}>"},  // filled in by the template
       {{"<think:opensource>", Leads::thinking}, {"</think:opensource>", Leads::after_thinking}}},
      tags("exaone", "<thought>", "</thought>"),
      wrapped("response", {"<response></response>", "<response>\\n", "<response>\n"}, "<response>",
              "</response>"),  // granite, ernie
      wrapped("hunyuan", {"</think>\\n<answer>", "</think>\n<answer>", "split('<answer>')"}, "<answer>",
              "</answer>"),
      tags("think", "<think>", "</think>"),  // deepseek, qwen, glm and most
  };
  return kStyles;
}

}  // namespace

const ThinkingStyle* thinking_style(std::string_view template_source) {
  const auto stands = [&](std::string_view text) { return template_source.find(text) != text.npos; };
  for (const ThinkingStyle& style : styles()) {
    if (std::any_of(style.known_by.begin(), style.known_by.end(), stands)) return &style;
  }
  return nullptr;
}

bool thinks_aloud(std::string_view template_source) {
  return thinking_style(template_source) != nullptr;
}

}  // namespace straddle::chat
