// How far work has come, on standard error.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "cli/interrupt.h"

namespace straddle::cli {

// "LABEL  42 %" for what takes longer than a second: rewritten in place on a terminal, else a line a
// second. While it lives, the work looks at interrupted().
class Meter {
 public:
  explicit Meter(std::string label);
  ~Meter() { clear(); }
  bool show(uint64_t done, uint64_t total);  // true where it drew
  void clear();  // before anything else is printed: takes its line away, but leaves one with ^C

 private:
  using Clock = std::chrono::steady_clock;
  CleanEnd clean_end_;
  std::string label_;
  bool terminal_;
  bool drawn_ = false;
  bool left_ = false;  // its row stays as Ctrl-C found it
  Clock::time_point next_;
};

}  // namespace straddle::cli
