#include "plan/tally.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace straddle::plan::testing {
namespace {

constexpr double kWorthCounting = 0.001;
constexpr uint64_t kMostNamed = 5;

}  // namespace

void Tally::at_most(double value, double reference, double limit, double slack, uint32_t seed,
                    const std::string& change) {
  ++checks_;
  const std::string name = "seed " + std::to_string(seed) + ", " + change;
  const double beyond = (value - slack) / reference - 1;
  if (beyond > kWorthCounting) ++above_;
  if (beyond > worst_) worst_ = beyond, worst_case_ = name;
  if (beyond > limit && ++failed_ <= kMostNamed) failed_cases_ += "\n  " + name;
}

Tally::~Tally() {
  if (!checks_) return;
  std::printf("  %s: %llu checks, %llu above 0.1 %%, worst %.3f %%%s%s%s\n", what_.c_str(),
              static_cast<unsigned long long>(checks_), static_cast<unsigned long long>(above_),
              100 * worst_, worst_case_.empty() ? "" : " (", worst_case_.c_str(),
              worst_case_.empty() ? "" : ")");
  if (failed_) ADD_FAILURE() << what_ << ": " << failed_ << " of " << checks_ << failed_cases_;
}

}  // namespace straddle::plan::testing
