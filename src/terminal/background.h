// A job in the background: the terminal is the shell's until the job is in the foreground.
#pragma once
#include <array>
#include <csignal>
#include <iterator>

namespace straddle::terminal {

inline constexpr int kSignalsOfEnds[] = {SIGQUIT, SIGHUP, SIGTERM, SIGINT};

// The job that this process is part of may read keys and change the terminal, now.
bool in_foreground(int fd);

// While one lives, a signal that asks the program to end ends it at once, as if nobody handled it: for
// when nothing has to be put away. A handler would only note it, and the job be stopped once more. One
// that is ignored stays so.
class EndsAtOnce {
 public:
  EndsAtOnce();
  ~EndsAtOnce();
  EndsAtOnce(const EndsAtOnce&) = delete;

 private:
  std::array<struct sigaction, std::size(kSignalsOfEnds)> former_;
};

// In the background: stops the job until it is in the foreground, or ends (EndsAtOnce).
void wait_for_foreground(int fd);

}  // namespace straddle::terminal
