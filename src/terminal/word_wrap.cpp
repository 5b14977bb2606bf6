#include "terminal/cluster.h"
#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

constexpr int kLeastColumns = 10;  // below: no wrapping
constexpr int kMargin = 5;         // columns kept free at the right
constexpr int kTab = 8;            // from one stop to the next

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

void WordWrap::start_row(std::string& out) {
  if (word_width_ > columns_ - 2 * kMargin) return;  // too long to be moved
  if (word_width_ > 0) out += "\x1b[" + std::to_string(word_width_) + "D";
  out += "\x1b[K\n" + word_;
  column_ = word_width_;
}

void WordWrap::put(std::string_view character, std::string& out) {
  const int32_t code = character_at(character, 0).code;
  const int width = code == '\t' ? kTab - column_ % kTab : character_columns(code);
  const bool blank = code == ' ' || code == '\t', newline = code == '\n';
  if (!blank && width > 0 && column_ > 0 && column_ + width > columns_ - kMargin) start_row(out);
  out += character;
  column_ = newline ? 0 : column_ + width;
  if (column_ > columns_) column_ = width;  // the terminal went on in the next row
  if (blank || newline || width > 1 || joins(code)) {
    word_.clear();
    word_width_ = 0;
  } else if (width > 0 || !word_.empty()) {  // a mark stays with what it stands on
    word_ += character;
    word_width_ += width;
  }
}

}  // namespace straddle::terminal
