#include "terminal/window.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "terminal/terminal.h"

namespace straddle::terminal {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

std::string_view term() {
  const char* name = std::getenv("TERM");
  return name ? name : "";
}

bool is_dumb(std::string_view term) { return term.empty() || term == "dumb"; }

bool colours(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  return !(no_color && *no_color) && !is_dumb(term()) && is_terminal(fd);
}

Window window_of(int fd) {
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {std::max<int>(2, size.ws_col), size.ws_row};
}

int columns(int fd) { return is_terminal(fd) ? window_of(fd).columns : 0; }

}  // namespace straddle::terminal
