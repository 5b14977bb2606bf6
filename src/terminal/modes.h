// The modes of a terminal: as it was found; quiet, between two messages: keys are not shown but wait;
// raw, while a message is typed. In both the terminal marks what is pasted.
#pragma once
#include <string>
#include <utility>

#include "base/result.h"

struct termios;

namespace straddle::terminal {

// From now to its end the terminal is quiet, unless something else is asked for. To change it from the
// background stops the job until it is in the foreground.
class Modes {
 public:
  Modes(int in, int out) : in_(in), out_(out) { quiet(); }
  ~Modes() { as_found(); }
  Modes(const Modes&) = delete;

  Status raw();  // once more while it is on: after a stop, the shell may have changed the terminal
  void quiet();  // Ctrl-C and Ctrl-Z are signals
  // Quiet, with Ctrl-C and Ctrl-Z among the keys, for one who reads them; once more as raw(). False, and
  // nothing is changed, in the background.
  bool listening();
  void as_found();

  // What was typed while the terminal was as found, told once: Enter is what it is in our modes.
  std::string typed_before() { return std::exchange(early_, {}); }

 private:
  using Mode = termios(const termios& as_found);
  bool enter(Mode& mode);

  int in_, out_;
  std::string early_;
};

}  // namespace straddle::terminal
