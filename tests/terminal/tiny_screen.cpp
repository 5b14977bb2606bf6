#include "terminal/tiny_screen.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "terminal/cluster.h"

namespace straddle::terminal {

void TinyScreen::write(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    if (bytes[at] == '\x1b') {
      const size_t end = bytes.find_first_of("ABCDHJKmhl", at + 2) + 1;
      ASSERT_NE(end, 0u) << "an unfinished sequence";
      control(bytes.substr(at + 1, end - at - 1));
      at = end;
      continue;
    }
    const Character c = character_at(bytes, at);
    if (c.code == '\r') column_ = 0;
    if (c.code == '\n') down();
    if (c.code >= ' ') put(bytes.substr(at, c.bytes), character_columns(c.code));
    at += c.bytes;
  }
}

void TinyScreen::control(std::string_view sequence) {
  const std::string number(sequence.substr(1, sequence.size() - 2));
  auto& cells = cells_[size_t(row_)];
  if (sequence == "[?7l" || sequence == "[?7h") {
    wraps_ = sequence == "[?7h";
  } else if (sequence == "[K") {
    cells.resize(std::min(cells.size(), size_t(column_)));
  } else if (sequence == "[J") {
    cells.resize(std::min(cells.size(), size_t(column_)));
    cells_.resize(size_t(row_) + 1);
  } else if (sequence.back() == 'A') {
    row_ = std::max({0, row_ - std::stoi(number), int(cells_.size()) - height_});
  } else if (sequence.back() == 'D') {
    column_ = std::max(0, std::min(column_, columns_ - 1) - std::stoi(number));
  } else {
    ASSERT_EQ(sequence.back(), 'm') << sequence;
  }
}

void TinyScreen::down() {
  if (size_t(++row_) == cells_.size()) cells_.emplace_back();
}

void TinyScreen::put(std::string_view character, int width) {
  if (column_ + width > columns_) {
    if (!wraps_) return;
    column_ = 0;
    down();
  }
  auto& cells = cells_[size_t(row_)];
  cells.resize(std::max(cells.size(), size_t(column_ + width)), " ");
  if (width == 0) {
    if (column_ > 0) cells[size_t(column_) - 1] += character;
    return;
  }
  cells[size_t(column_)] = character;
  for (int i = 1; i < width; ++i) cells[size_t(column_ + i)].clear();
  column_ += width;
}

std::vector<std::string> TinyScreen::rows() const {
  std::vector<std::string> out;
  for (const auto& cells : cells_) {
    std::string& row = out.emplace_back();
    for (const std::string& cell : cells) row += cell;
    row.erase(row.find_last_not_of(' ') + 1);
  }
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

}  // namespace straddle::terminal
