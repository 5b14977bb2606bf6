// What a person sees: text on standard output, progress on standard error.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::cli {

// To standard output, at once. False where nobody reads any more (a closed pipe): end quietly then.
bool say(std::string_view text);

// "LABEL  42 %" for what takes longer than a second: rewritten in place on a terminal, else a line a
// second.
class Meter {
 public:
  explicit Meter(std::string label);
  ~Meter() { clear(); }
  bool show(uint64_t done, uint64_t total);  // true where it drew
  void clear();                              // before anything else is printed: takes its line away

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point next_;
};

// "1.234567s", "130.079ms", "15µs", "1m40s": as Go prints durations.
std::string duration_text(std::chrono::nanoseconds duration);

// All of standard input, unless it is a terminal.
Result<std::string> read_input();
Result<std::string> read_file(const std::string& path);

}  // namespace straddle::cli
