#include "conversation/writer.h"

#include <utility>

namespace straddle::conversation {
namespace {

bool shows_nothing(text::TokenType type) {
  return type == text::TokenType::control || type == text::TokenType::unknown;
}

}  // namespace

std::string ShownText::add(std::string_view more) {
  std::string out = std::exchange(separated, false) && !text.empty() ? "\n\n" : "";
  text += out += more;
  return out;
}

Writer::Writer(const Resources& resources, const Prompt& prompt, const options::Options& options,
               const Sink& sink)
    : resources_(resources),
      sink_(sink),
      decoder_(resources.tokenizer, prompt.ids),
      stops_(options.stop),
      filter_(resources.marks, std::string_view(prompt.text).substr(prompt.opening)) {}

// Neither a character nor a mark in words goes on behind a token that shows nothing or is a mark.
std::optional<Ending> Writer::show(text::TokenId id) {
  const std::string_view piece = resources_.tokenizer.piece(id);
  const bool hidden = shows_nothing(resources_.tokenizer.type(id));
  const bool apart = hidden || (resources_.marks && resources_.marks->has_token(piece));
  write(apart ? decoder_.finish() : decoder_.push(id));
  if (apart) {
    decoder_.push(id);  // it counts as a beginning of the text
    written_ += piece;
    take(filter_.push_token(piece, hidden));
  }
  if (!sink_.text({}) || !go_on_) return Ending::interrupted;
  if (stops_.stopped()) return Ending::stop;
  return std::nullopt;
}

void Writer::end(text::TokenId id) {
  write(decoder_.finish());
  take(filter_.finish());
  show_answer(stops_.push(resources_.tokenizer.piece(id), false));
}

void Writer::finish() {
  write(decoder_.finish());
  take(filter_.finish());
  show_answer(stops_.finish());
  answer_.text += line_ends_;
  sink_.text(std::exchange(unsettled_, {}) + std::exchange(line_ends_, {}));
}

void Writer::write(const std::string& text) {
  written_ += text;
  take(filter_.push(text));
}

// Stop strings are asked of the answer, and of control tokens wherever they stand.
void Writer::take(const std::vector<chat::SectionText>& pieces) {
  for (const auto& [what, text] : pieces) {
    if (stops_.stopped()) return;
    switch (what) {
      case chat::Section::answer:
        show_answer(stops_.push(text));
        break;
      case chat::Section::thinking:
        show_answer(stops_.finish());
        show_thinking(text);
        break;
      case chat::Section::aside:
        show_answer(stops_.finish());
        break;
      case chat::Section::control:
        show_answer(stops_.push(text, false));
        break;
      case chat::Section::mark:
      case chat::Section::late_mark:
        show_answer(stops_.push(text, false));
        separate(what == chat::Section::late_mark);
    }
  }
}

// Line ends before a mark belong to nobody. late: what was answer until here was thinking.
void Writer::separate(bool late) {
  line_ends_.clear();
  answer_.separated = thought_.separated = true;
  if (!late) return;
  thought_.text += std::exchange(answer_.text, {});
  unsettled_.clear();
  if (sink_.thinking) go_on_ = sink_.text("\n\n") && go_on_;  // it has been shown
}

void Writer::show_thinking(std::string_view text) {
  const std::string shown = thought_.add(text);
  if (sink_.thinking) go_on_ = sink_.thinking(shown) && go_on_;
}

// Who wants no thinking waits for an answer that may turn out to be some.
void Writer::show_answer(std::string text) {
  if (text.empty()) return;
  text.insert(0, std::exchange(line_ends_, {}));
  if (resources_.marks) {
    line_ends_ = text.substr(text.find_last_not_of("\r\n") + 1);
    text.resize(text.size() - line_ends_.size());
    if (text.empty()) return;
  }
  const bool waits = resources_.marks && !resources_.json && !sink_.thinking && !filter_.settled();
  unsettled_ += answer_.add(text);
  if (!waits) go_on_ = sink_.text(std::exchange(unsettled_, {})) && go_on_;
}

}  // namespace straddle::conversation
