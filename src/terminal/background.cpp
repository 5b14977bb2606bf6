#include "terminal/background.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace straddle::terminal {

bool in_foreground(int fd) {
  const pid_t group = ::tcgetpgrp(fd);
  return group < 0 || group == ::getpgrp();  // -1: a terminal that controls no jobs of ours
}

EndsAtOnce::EndsAtOnce() {
  struct sigaction at_once = {};
  at_once.sa_handler = SIG_DFL;
  for (size_t i = 0; i < former_.size(); ++i) {
    ::sigaction(kSignalsOfEnds[i], nullptr, &former_[i]);
    if (former_[i].sa_handler != SIG_IGN) ::sigaction(kSignalsOfEnds[i], &at_once, nullptr);
  }
}

EndsAtOnce::~EndsAtOnce() {
  for (size_t i = 0; i < former_.size(); ++i) ::sigaction(kSignalsOfEnds[i], &former_[i], nullptr);
}

void wait_for_foreground(int fd) {
  if (in_foreground(fd)) return;
  const EndsAtOnce ends_at_once;
  while (::tcdrain(fd) != 0 && errno == EINTR) {  // changes nothing, but is refused in the background
  }
}

}  // namespace straddle::terminal
