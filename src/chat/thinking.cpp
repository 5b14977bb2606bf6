// Thinking apart from the answer: a small machine that marks lead from place to place.
#include <algorithm>
#include <utility>

#include "base/partial_match.h"
#include "chat/chat.h"
#include "chat/thinking_styles.h"

namespace straddle::chat {
namespace {

constexpr std::string_view kSpace = " \t\r\n", kLineEnds = "\r\n", kQuotes = "\"'`";

size_t leading(std::string_view text, std::string_view bytes) {
  return std::min(text.find_first_not_of(bytes), text.size());
}

bool is_blank(std::string_view text) { return leading(text, kSpace) == text.size(); }

bool has_word(std::string_view header, std::string_view begins) {
  for (size_t at = leading(header, kSpace); at < header.size();) {
    if (header.substr(at).starts_with(begins)) return true;
    at = std::min(header.find_first_of(kSpace, at), header.size());
    at += leading(header.substr(at), kSpace);
  }
  return false;
}

Place place_named(const ThinkingStyle& style, std::string_view header) {
  const auto word = std::find_if(style.words.begin(), style.words.end(),
                                 [&](const HeaderWord& w) { return has_word(header, w.begins); });
  return word == style.words.end() ? Place::answer : word->place;
}

}  // namespace

Marks::Marks(std::string_view template_source, const text::Tokenizer& vocabulary)
    : style_(thinking_style(template_source)) {
  if (!style_) return;
  for (const Mark& mark : style_->marks) {
    const auto ids = vocabulary.encode(mark.text, {.add_special = false, .parse_special = true});
    tokens_.push_back(ids.size() == 1 && vocabulary.piece(ids[0]) == mark.text);
  }
}

std::string_view Marks::family() const { return style_ ? style_->family : ""; }

const Mark* Marks::token(std::string_view piece) const {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i] && style_->marks[i].text == piece) return &style_->marks[i];
  }
  return nullptr;
}

ThinkingFilter::ThinkingFilter(const Marks* marks, std::string_view opening)
    : marks_(marks && marks->style_ ? marks : nullptr), place_(Place::answer) {
  if (marks_) read_opening(opening);
}

bool ThinkingFilter::answers() const { return place_ == Place::answer; }

// In what the template wrote every mark counts. Nothing of it is shown.
void ThinkingFilter::read_opening(std::string_view text) {
  if (marks_->style_->framed) place_ = Place::between;
  for (auto [at, mark] = next_mark(text, true); mark; std::tie(at, mark) = next_mark(text, true)) {
    emit(text.substr(0, at));
    enter(*mark);
    text.remove_prefix(at + mark->text.size());
  }
  if (settled_) emit(text);
  prompted_ = header_.size();
  blanks_.clear();
  out_.clear();
}

// The first in a text, of those that are words; null: none.
std::pair<size_t, const Mark*> ThinkingFilter::next_mark(std::string_view text, bool tokens_too) const {
  std::pair<size_t, const Mark*> first{text.npos, nullptr};
  const auto& marks = marks_->style_->marks;
  for (size_t i = 0; i < marks.size(); ++i) {
    if (marks_->tokens_[i] && !tokens_too) continue;
    const size_t at = text.find(marks[i].text);
    if (at < first.first) first = {at, &marks[i]};
  }
  return first;
}

// An answer may quote a mark; a hidden token is never quoted. A closing mark that no opening one was
// written for ends thinking where it begins a line, and as a token unless a quotation mark stands
// before; not where an opening one was quoted.
bool ThinkingFilter::counts(const Mark& mark, bool token, bool hidden) const {
  const bool framed = marks_->style_->framed;
  const bool late =
      !settled_ && !quoted_ && (token ? kQuotes.find(last_) == kQuotes.npos : last_ == '\n');
  switch (mark.leads) {
    case Leads::header:
    case Leads::body:
    case Leads::between:
      return true;
    case Leads::thinking:
      return framed || hidden || blank_;
    case Leads::after_thinking:
    case Leads::final_answer:
      return place_ != Place::answer || blank_ || late;
    case Leads::answer:
      return framed || hidden || (blank_ && place_ == Place::answer);
    case Leads::after_answer:
      return place_ == Place::answer && (hidden || wrapped_);
  }
  return false;
}

std::vector<SectionText> ThinkingFilter::push(std::string_view text) {
  if (!marks_) {
    if (text.empty()) return {};
    return {{Section::answer, std::string(text)}};
  }
  held_ += text;
  read_held(false);
  return std::exchange(out_, {});
}

std::vector<SectionText> ThinkingFilter::push_token(std::string_view piece, bool hidden) {
  if (marks_) read_held(true);
  const Mark* mark = marks_ ? marks_->token(piece) : nullptr;
  if (mark && counts(*mark, true, hidden)) {
    enter(*mark);
  } else if (hidden) {
    if (!blanks_.empty()) out_.push_back({Section::answer, std::exchange(blanks_, {})});
    out_.push_back({Section::control, std::string(piece)});
  } else {
    quote(mark, piece);
  }
  return std::exchange(out_, {});
}

// A mark that does not count, or a token that is none.
void ThinkingFilter::quote(const Mark* mark, std::string_view text) {
  quoted_ = quoted_ || (mark && mark->leads == Leads::thinking);
  emit(text);
}

// all: nothing that could still become a mark is held back.
void ThinkingFilter::read_held(bool all) {
  for (auto [at, mark] = next_mark(held_, false); mark; std::tie(at, mark) = next_mark(held_, false)) {
    emit(std::string_view(held_).substr(0, at));
    if (counts(*mark, false, false))
      enter(*mark);
    else
      quote(mark, mark->text);
    held_.erase(0, at + mark->text.size());
  }
  size_t keep = 0;
  for (size_t i = 0; i < marks_->tokens_.size() && !all; ++i) {
    if (!marks_->tokens_[i]) keep = std::max(keep, partial_match(held_, marks_->style_->marks[i].text));
  }
  emit(std::string_view(held_).substr(0, held_.size() - keep));
  held_.erase(0, held_.size() - keep);
}

void ThinkingFilter::enter(const Mark& mark) {
  const bool ends_thinking = mark.leads == Leads::after_thinking || mark.leads == Leads::final_answer;
  const bool late = ends_thinking && place_ == Place::answer && !settled_ && !blank_;
  out_.push_back({late ? Section::late_mark : Section::mark, std::string(mark.text)});
  blanks_.clear();
  prompted_ = std::string::npos;
  settled_ = blank_ = true;
  wrapped_ = mark.leads == Leads::answer || mark.leads == Leads::final_answer;
  switch (mark.leads) {
    case Leads::header:
      header_.append(" ").append(mark.text).append(" ");
      place_ = Place::header;
      return;
    case Leads::body:
      return enter_body();
    case Leads::between:
      header_.clear();
      place_ = Place::between;
      return;
    case Leads::thinking:
      place_ = Place::thinking;
      break;
    default:
      place_ = Place::answer;
  }
  header_.clear();
}

void ThinkingFilter::enter_body() {
  place_ = place_named(*marks_->style_, std::exchange(header_, {}));
  blank_ = true;
}

void ThinkingFilter::emit(std::string_view text) {
  if (text.empty()) return;
  switch (place_) {
    case Place::header:
      return emit_header(text);
    case Place::between:
    case Place::answer:
      return emit_answer(text);
    case Place::thinking:
    case Place::aside:
      blank_ = blank_ && is_blank(text);
      out_.push_back({place_ == Place::aside ? Section::aside : Section::thinking, std::string(text)});
  }
}

void ThinkingFilter::emit_header(std::string_view text) {
  const size_t end = marks_->style_->one_line_headers ? text.find('\n') : text.npos;
  header_ += text.substr(0, end);
  out_.push_back({Section::aside, std::string(text.substr(0, end))});
  if (end == text.npos) return;
  enter_body();
  emit(text.substr(end + 1));
}

// White space is the answer's own, but for line ends behind a mark and for all between two marks.
void ThinkingFilter::emit_answer(std::string_view text) {
  if (blank_) {
    if (settled_ && blanks_.empty()) text.remove_prefix(leading(text, kLineEnds));
    const size_t spaces = leading(text, kSpace);
    blanks_ += text.substr(0, spaces);
    text.remove_prefix(spaces);
    if (text.empty()) return;
    blank_ = false;
  }
  last_ = text.back();
  out_.push_back({Section::answer, std::exchange(blanks_, {}).append(text)});
}

std::vector<SectionText> ThinkingFilter::finish() {
  if (!marks_) return {};
  read_held(true);
  if (!blanks_.empty()) out_.push_back({Section::answer, std::exchange(blanks_, {})});
  // A model that knows no headers went on from the prompt's as if it were none.
  if (place_ == Place::header && prompted_ < header_.size())
    out_.push_back({Section::answer, header_.substr(std::exchange(prompted_, header_.size()))});
  return std::exchange(out_, {});
}

}  // namespace straddle::chat
