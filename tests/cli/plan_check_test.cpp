// Which turns of a bench say something of the plan.
#include "cli/plan_check.h"

#include <gtest/gtest.h>

namespace straddle::cli {
namespace {

plan::MachineProfile two_devices() { return {.devices = {{.read_GBps = 10}, {.read_GBps = 10}}}; }

TEST(PlanCheck, OnlyTurnsWhoseYardstickHeldCount) {
  BenchCase one{.read_GBps = {20, 12, 21, 25}, .tokens = {40, 1000, 40, 1000}};
  one.busy_ns = {{5, 900, 7, 900}, {2, 900, 2, 900}};
  EXPECT_EQ(busy_ns(one, two_devices()), (std::vector<double>{7, 2}));
}

TEST(PlanCheck, FewTokensSayNothing) {
  const BenchCase one{.read_GBps = {20, 12}, .tokens = {63, 1000}, .busy_ns = {{5, 5}, {2, 2}}};
  EXPECT_EQ(busy_ns(one, two_devices()), std::vector<double>());
}

}  // namespace
}  // namespace straddle::cli
