// Thinking apart from the answer. Marks: as the templates of the families write them.
#include <algorithm>
#include <array>
#include <utility>

#include "base/partial_match.h"
#include "chat/chat.h"

namespace straddle::chat {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// The first whose opening mark stands in the template; the plainest last.
const std::array<ThinkingStyle, 7>& styles() {
  static const std::array<ThinkingStyle, 7> kStyles{{
      {"<|channel|>analysis<|message|>",
       "<|end|>",
       {"<|start|>assistant", "<|channel|>final<|message|>"}},             // gpt-oss
      {"<|channel>thought", "<channel|>", {}},                             // gemma 4
      {"[THINK]", "[/THINK]", {}},                                         // mistral
      {"<seed:think>", "</seed:think>", {}},                               // seed-oss
      {"<|START_THINKING|>", "<|END_THINKING|>", {"<|START_RESPONSE|>"}},  // command-r7b
      {"<|inner_prefix|>", "<|inner_suffix|>", {}},                        // apertus
      {"<think>", "</think>", {}},  // deepseek, qwen, glm and most
  }};
  return kStyles;
}

std::string_view trimmed_right(std::string_view text) {
  const size_t end = text.find_last_not_of(kSpace);
  return text.substr(0, end == text.npos ? 0 : end + 1);
}

bool begins(std::string_view text, std::string_view mark) { return mark.starts_with(text); }

}  // namespace

bool ThinkingStyle::mentions(std::string_view piece) const {
  const auto has = [&](std::string_view mark) { return mark.find(piece) != mark.npos; };
  return !piece.empty() && (has(open) || has(close) || std::any_of(noise.begin(), noise.end(), has));
}

const ThinkingStyle* thinking_style(std::string_view template_source) {
  for (const ThinkingStyle& style : styles()) {
    // gpt-oss writes its opening mark in pieces; any template is known by its first token.
    const std::string_view first = style.open.substr(0, style.open.find_first_of("]>") + 1);
    if (template_source.find(first) != template_source.npos) return &style;
  }
  return nullptr;
}

ThinkingFilter::ThinkingFilter(const ThinkingStyle* style, std::string_view prompt)
    : style_(style), place_(style ? Place::between : Place::answer) {
  if (style && trimmed_right(prompt).ends_with(style->open)) place_ = Place::thinking;
}

ThinkingFilter::Split ThinkingFilter::push(std::string_view text) {
  Split out;
  if (place_ == Place::answer) {
    out.answer = text;
    return out;
  }
  held_ += text;
  while (step(out)) continue;
  return out;
}

// What is held goes on to where it belongs, up to the next mark. False: more text is needed.
bool ThinkingFilter::step(Split& out) {
  switch (place_) {
    case Place::between:
      return step_between();
    case Place::thinking:
      return step_thinking(out);
    case Place::answer:
      out.answer += std::exchange(held_, {});
      return false;
  }
  return false;
}

bool ThinkingFilter::step_thinking(Split& out) {
  const size_t close = held_.find(style_->close);
  const bool closed = close != held_.npos;
  const size_t shown = closed ? close : held_.size() - begun(held_, style_->close);
  out.thinking += held_.substr(0, shown);
  held_.erase(0, closed ? close + style_->close.size() : shown);
  if (closed) place_ = Place::between;
  return closed;
}

// White space around thinking belongs to nobody.
bool ThinkingFilter::step_between() {
  held_.erase(0, std::min(held_.find_first_not_of(kSpace), held_.size()));
  if (held_.empty()) return false;
  if (held_.starts_with(style_->open)) {
    held_.erase(0, style_->open.size());
    place_ = Place::thinking;
    return true;
  }
  bool may_become_mark = begins(held_, style_->open);
  for (std::string_view noise : style_->noise) {
    if (held_.starts_with(noise)) {
      held_.erase(0, noise.size());
      return true;
    }
    may_become_mark = may_become_mark || begins(held_, noise);
  }
  if (may_become_mark) return false;
  place_ = Place::answer;
  return true;
}

ThinkingFilter::Split ThinkingFilter::finish() {
  Split out;
  (place_ == Place::thinking ? out.thinking : out.answer) += std::exchange(held_, {});
  return out;
}

}  // namespace straddle::chat
