#include "templates/budget.h"

namespace straddle::templates {

void fail_with(std::string what) { throw Failure{std::move(what)}; }

Budget::Budget(const Limits& limits)
    : limits_(limits), until_clock_(kBetweenLooks), end_(Clock::now() + limits.time) {}

void Budget::look_at_clock(uint64_t steps) {
  behind_ += kBetweenLooks - until_clock_ + steps;
  if (behind_ > limits_.steps || behind_ < steps) {
    fail_with("the work has no end in sight: more than " + std::to_string(limits_.steps) + " steps");
  }
  if (Clock::now() > end_) {
    fail_with("the work takes longer than " + std::to_string(limits_.time.count()) + " ms");
  }
  until_clock_ = kBetweenLooks + steps;  // spend() takes them off
}

void Budget::need(size_t bytes) const {
  if (bytes > limits_.bytes - std::min<uint64_t>(held_, limits_.bytes)) {
    fail_with("more than " + std::to_string(limits_.bytes / 1'000'000) + " MB of text and values");
  }
}

void Budget::hold(size_t bytes) {
  need(bytes);
  held_ += bytes;
}

Level Budget::deeper() {
  if (depth_ >= limits_.depth) fail_with("nested too deeply: does a macro call itself?");
  return Level(depth_);
}

}  // namespace straddle::templates
