// What a run says of a profile, and what the profile becomes by it.
#include "plan/plan.h"

#include <gtest/gtest.h>

namespace straddle::plan {
namespace {

Plan planned(std::vector<int64_t> busy_ns) {
  Plan out;
  for (size_t d = 0; d < busy_ns.size(); ++d)
    out.devices.push_back({.name = d ? "cpu" + std::to_string(d) : "cpu", .busy_ns = busy_ns[d]});
  return out;
}

TEST(Correction, OnlyWhatIsATenthOffIsCorrected) {
  const std::vector<double> busy = {1090, 1300, 600};
  const auto found = corrections(planned({1000, 1000, 1000}), busy);
  EXPECT_EQ(found, (std::vector<Correction>{{"cpu1", 1.3}, {"cpu2", 0.6}}));
}

TEST(Correction, WhatTakesNoPartOrIsAbsurdSaysNothing) {
  const std::vector<double> busy = {0, 2000, 1e9};
  EXPECT_EQ(corrections(planned({1000, 0, 1000}), busy), std::vector<Correction>());
}

TEST(Correction, AllThatADeviceComputesFollows) {
  MachineProfile machine;
  for (const char* name : {"cpu", "cpu1"})
    machine.devices.push_back({.name = name,
                               .read_GBps = 30,
                               .rates = {{"Q4_K", {24, 20, 16, 8}}},
                               .kv_f16_GBps = 10,
                               .op_us = 3});
  const std::vector<Correction> found = {{"cpu1", 2}, {"vulkan:0", 3}};
  const auto now = corrected(machine, found);
  EXPECT_EQ(now.devices[0].rates[0].GBps, machine.devices[0].rates[0].GBps);
  EXPECT_EQ(now.devices[1].rates[0].GBps, (std::array<double, 4>{12, 10, 8, 4}));
  EXPECT_EQ(now.devices[1].kv_f16_GBps, 5);
  EXPECT_EQ(now.devices[1].op_us, 6);
  EXPECT_EQ(now.devices[1].read_GBps, 30);
}

TEST(Correction, OneOfACorrectedPlanComesOnTop) {
  const std::vector<Correction> second = {{"cpu", 1.5}, {"cpu1", 0.5}};
  EXPECT_EQ(joined({{"cpu", 2}}, second), (std::vector<Correction>{{"cpu", 3}, {"cpu1", 0.5}}));
}

}  // namespace
}  // namespace straddle::plan
