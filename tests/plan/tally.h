// Checks of many random cases that go on after a failure: how many there were, which failed, the worst.
#pragma once
#include <cstdint>
#include <string>

namespace straddle::plan::testing {

// A figure that should not exceed another one, in case after case. Whoever ends it prints one line, and
// fails the test where a case went beyond its limit.
class Tally {
 public:
  // what: is measured, in which cases.
  explicit Tally(std::string what) : what_(std::move(what)) {}
  ~Tally();
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  // value <= (1 + limit) * reference + slack. seed: names the case.
  void at_most(double value, double reference, double limit, double slack, uint32_t seed,
               const std::string& change);

 private:
  std::string what_, worst_case_, failed_cases_;
  uint64_t checks_ = 0, above_ = 0, failed_ = 0;
  double worst_ = 0;
};

}  // namespace straddle::plan::testing
