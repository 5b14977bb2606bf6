// A terminal that hands over every key at once and shows none. Whatever happens, it comes back as it
// was: at the end of the object, and in a crash.
#pragma once
#include "terminal/terminal.h"

namespace straddle::terminal {

class RawMode {
 public:
  RawMode(int in, int out) : in_(in), out_(out) {}
  ~RawMode() { leave(); }
  RawMode(const RawMode&) = delete;

  Status enter();  // once more while it is on: after a stop, the shell may have changed the terminal
  void leave();

 private:
  int in_, out_;
  bool on_ = false;
};

}  // namespace straddle::terminal
