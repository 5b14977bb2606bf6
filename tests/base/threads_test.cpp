#include "base/threads.h"

#include <gtest/gtest.h>

namespace straddle {
namespace {

TEST(ThreadTeam, EveryThreadWorksOncePerRun) {
  for (unsigned threads : {1u, 2u, 5u}) {
    auto team = ThreadTeam::make(threads);
    ASSERT_TRUE(team.has_value());
    std::vector<int> calls(threads);
    for (int turn = 0; turn < 200; ++turn) {
      auto work = [&](int t) { ++calls[size_t(t)]; };
      (*team)->run(work);
    }
    EXPECT_EQ(calls, std::vector<int>(threads, 200));
  }
}

// What one thread wrote before a barrier, all others read after it. Run under TSan too.
TEST(ThreadTeam, ABarrierShowsWhatWasWrittenBeforeIt) {
  constexpr int kThreads = 3, kRounds = 500;
  auto team = ThreadTeam::make(kThreads);
  ASSERT_TRUE(team.has_value());
  std::vector<int> cells(kThreads), wrong(kThreads);
  auto work = [&](int t) {
    for (int round = 1; round <= kRounds; ++round) {
      cells[size_t(t)] = round;
      (*team)->barrier();
      for (int c : cells) wrong[size_t(t)] += c != round;
      (*team)->barrier();
    }
  };
  (*team)->run(work);
  EXPECT_EQ(wrong, std::vector<int>(kThreads, 0));
}

TEST(ThreadTeam, MayBeMadeAndDroppedWithoutWork) {
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(ThreadTeam::make(4).has_value());
}

TEST(UsableCores, AtLeastOneAndNoMoreThanTheMachineHas) {
  EXPECT_GE(usable_cores(), 1u);
  EXPECT_LE(usable_cores(), std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace straddle
