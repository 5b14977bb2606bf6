#include "cli/meter.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "cli/environment.h"
#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

bool echoes_keys(int fd) {
  termios mode;
  return ::tcgetattr(fd, &mode) == 0 && (mode.c_lflag & ECHO);
}

}  // namespace

Meter::Meter(std::string label)
    : label_(std::move(label)),
      terminal_(terminal::is_terminal(STDERR_FILENO) && !terminal::is_dumb(environment("TERM"))),
      next_(Clock::now() + std::chrono::seconds(1)) {}

void Meter::clear() {
  const bool ctrl_c = interrupted() && !asked_to_leave() && echoes_keys(STDERR_FILENO);
  if (ctrl_c && !std::exchange(left_, true))
    std::fputs("\n", stderr);  // behind the ^C
  else if (drawn_ && terminal_)
    std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

bool Meter::show(uint64_t done, uint64_t total) {
  const auto now = Clock::now();
  if (now < next_ || total == 0) return false;
  next_ = now + (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(1000));
  drawn_ = true;
  std::fprintf(stderr, "%s%s %3.0f %%%s", terminal_ ? "\r" : "", label_.c_str(),
               100.0 * double(done) / double(total), terminal_ ? "" : "\n");
  return true;
}

}  // namespace straddle::cli
