// The window that a terminal shows, and what the environment says of the terminal.
#pragma once
#include <string_view>

namespace straddle::terminal {

struct Window {
  int columns = 80, rows = 24;  // at least 2 and 1
};
Window window_of(int fd);

std::string_view term();  // $TERM, empty where it is not set

}  // namespace straddle::terminal
