// What the screen shows of a message, and the bytes that bring it there from what it showed before.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "terminal/terminal.h"
#include "terminal/window.h"

namespace straddle::terminal {

// Rows as they stand on the screen, from the prompt down; of a message that is taller than the window,
// the part around the cursor.
struct Frame {
  struct Line {
    std::string bytes;
    int columns;  // that it takes, at most
    bool operator==(const Line&) const = default;
  };
  std::vector<Line> lines;
  size_t cursor_line = 0;
  std::string before_cursor;  // the part of its line that stands left of the cursor
  int cursor_column = 0;      // columns of that part, at most
};

// top: the first row of a tall message that was shown last time; moved so that the cursor is in sight.
Frame draw(std::string_view text, size_t cursor, const PromptSign& sign, Window window, bool colour,
           size_t& top);

// The cursor is placed by going to the start of its line and printing what stands left of it once more:
// terminals do not agree on the columns of emoji, so no column is ever named.
class Painter {
 public:
  std::string paint(Frame frame);
  std::string below();  // to a fresh row behind the message, which stays
  // Other things were written: the next frame begins on the cursor's line.
  void forget() { shown_ = {}; }
  // The window has other columns now. reflows: the terminal has broken longer rows into several.
  // What to print: the cursor goes to where the first line began, everything below is erased.
  std::string start_again(int columns, int rows, bool reflows);

 private:
  Frame shown_;
};

}  // namespace straddle::terminal
