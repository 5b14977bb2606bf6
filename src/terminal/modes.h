// The three modes of a terminal: as it was found; quiet, between two messages: keys are not shown but
// wait, Ctrl-C still is a signal; raw, while a message is typed: every key is handed over at once.
#pragma once
#include "base/result.h"

namespace straddle::terminal {

// From now to its end the terminal is quiet, unless something else is asked for.
class Modes {
 public:
  Modes(int in, int out) : in_(in), out_(out) { quiet(); }
  ~Modes() { as_found(); }
  Modes(const Modes&) = delete;

  Status raw();  // once more while it is on: after a stop, the shell may have changed the terminal
  void quiet();
  void as_found();

 private:
  int in_, out_;
};

}  // namespace straddle::terminal
