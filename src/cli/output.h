// What a person sees: text on standard output, progress on standard error.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/interrupt.h"

namespace straddle::cli {

// To standard output, at once; nothing else writes there. False where no more can be written: what makes
// much of it may stop then. Nobody has to look: the first failure is kept, and becomes the program's.
bool say(std::string_view text);
// A line for a person: no word is broken where fd is a terminal that wraps.
std::string wrapped(const std::string& line, int fd);
// Behind all that was said. A pipe that nobody reads any more is no failure.
Status finish_output();

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

// "1.234567s", "130.079ms", "15µs", "1m40s": as Go prints durations.
std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace straddle::cli
