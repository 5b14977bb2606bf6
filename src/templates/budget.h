// What a template has left of its Limits, and how its work is stopped.
#pragma once
#include <chrono>
#include <string>

#include "templates/templates.h"

namespace straddle::templates {

// Ends parsing or rendering; never leaves the room.
struct Failure {
  std::string what;
  uint32_t line = 0;  // 0: where the interpreter stands
};

[[noreturn]] void fail_with(std::string what);

// Depth of a recursion, for as long as the object lives. Who makes one has looked whether there is room.
class Level {
 public:
  explicit Level(uint32_t& depth) : depth_(depth) { ++depth_; }
  ~Level() { --depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  uint32_t& depth_;
};

class Budget {
 public:
  explicit Budget(const Limits& limits);

  void spend(uint64_t steps) {
    if (steps >= until_clock_) look_at_clock(steps);
    until_clock_ -= steps;
  }
  void spend_text(size_t bytes) { spend(1 + bytes / 16); }

  // Bytes of values that live until release().
  void hold(size_t bytes);
  void release(size_t bytes) { held_ -= bytes; }

  // Refuses a size before it is made.
  void need(size_t bytes) const;

  Level deeper();  // of evaluation

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr uint64_t kBetweenLooks = 1 << 16;  // steps

  void look_at_clock(uint64_t steps);

  Limits limits_;
  uint64_t until_clock_, behind_ = 0;  // steps until the next look; steps spent before the last one
  uint64_t held_ = 0;
  uint32_t depth_ = 0;
  Clock::time_point end_;
};

}  // namespace straddle::templates
