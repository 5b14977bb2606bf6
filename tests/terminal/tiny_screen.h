// A screen that knows what our painter and word wrap write, and fails on anything else. Every character
// takes the columns that utf8proc gives it alone: a terminal that joins nothing.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace straddle::terminal {

class TinyScreen {
 public:
  TinyScreen(int columns, int rows) : columns_(columns), height_(rows), cells_(1) {}

  void write(std::string_view bytes);
  // From the first row ever written; blanks and empty rows at the ends are left out.
  std::vector<std::string> rows() const;
  int row() const { return row_; }
  int column() const { return column_; }
  void resize(int columns) { columns_ = columns; }

 private:
  void control(std::string_view sequence);
  void put(std::string_view character, int width);
  void down();

  int columns_, height_;
  std::vector<std::vector<std::string>> cells_;  // scrolled away ones too
  int row_ = 0, column_ = 0;
  bool wraps_ = true;
};

}  // namespace straddle::terminal
