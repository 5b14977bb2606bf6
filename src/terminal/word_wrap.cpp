#include "terminal/cluster.h"
#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

constexpr int kLeastColumns = 10;  // below: no wrapping
constexpr int kMargin = 5;         // columns kept free at the right
constexpr int kTab = 8;            // from one stop to the next
constexpr int kFence = 3;          // marks that begin code

bool is_blank(int32_t code) { return code == ' ' || code == '\t'; }

// Joiners and styles change the columns of what stands before them, in some terminals. What they are
// part of is never taken back, so nothing depends on it.
bool joins(int32_t code) { return code == 0x200D || (code >= 0xFE00 && code <= 0xFE0F); }

}  // namespace

std::string WordWrap::push(std::string_view text) {
  if (columns_ < kLeastColumns) return std::string(text);
  std::string out;
  for (size_t at = 0, bytes; at < text.size(); at += bytes) {
    bytes = character_at(text, at).bytes;
    put(text.substr(at, bytes), out);
  }
  return out;
}

// Of the rows to come: as the line has it, unless that leaves too little for text.
int WordWrap::indent() const { return head_.indent <= columns_ / 2 - kMargin ? head_.indent : 0; }

void WordWrap::start_row(std::string& out) {
  if (word_width_ > columns_ - 2 * kMargin - indent()) return;  // too long to be moved
  if (word_width_ > 0) out += "\x1b[" + std::to_string(word_width_) + "D";
  out += "\x1b[K\n" + std::string(size_t(indent()), ' ') + word_;
  column_ = indent() + word_width_;
}

void WordWrap::put(std::string_view character, std::string& out) {
  const int32_t code = character_at(character, 0).code;
  const int width = code == '\t' ? kTab - column_ % kTab : character_columns(code);
  if (code == '\n') {
    end_line();
  } else {
    read_head(code, width);
    if (code_.mark == 0) make_room(code, width, out);
    column_ += width;
    if (column_ > columns_) column_ = width;  // the terminal went on in the next row
  }
  out += character;
  add_to_word(character, code, width);
}

void WordWrap::make_room(int32_t code, int width, std::string& out) {
  const bool edge = column_ + width > columns_ - kMargin;
  if (!is_blank(code) && width > 0 && column_ > 0 && edge) start_row(out);
}

void WordWrap::add_to_word(std::string_view character, int32_t code, int width) {
  if (is_blank(code) || code == '\n' || width > 1 || joins(code)) {
    word_.clear();
    word_width_ = 0;
  } else if (width > 0 || !word_.empty()) {  // a mark stays with what it stands on
    word_ += character;
    word_width_ += width;
  }
}

// Blanks, marks of a fence, then anything.
void WordWrap::read_head(int32_t code, int width) {
  const bool is_mark = code == '`' || code == '~';
  const bool begins = head_.marks == 0 && !head_.more;
  if (begins && is_blank(code))
    head_.indent += width;
  else if (is_mark && (begins || (!head_.more && code == head_.mark)))
    head_.mark = code, ++head_.marks;
  else
    head_.more = true, head_.text |= !is_blank(code), head_.mark_in_text |= code == head_.mark;
}

// What begins code may name a language behind its marks; what ends it has as many of the same, alone.
void WordWrap::end_line() {
  const bool is_fence = head_.marks >= kFence;
  if (code_.mark == 0 && is_fence && !(head_.mark == '`' && head_.mark_in_text))
    code_ = head_;
  else if (head_.mark == code_.mark && head_.marks >= code_.marks && !head_.text)
    code_ = {};
  head_ = {};
  column_ = 0;
}

}  // namespace straddle::terminal
