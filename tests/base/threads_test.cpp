#include "base/threads.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

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

// The caller keeps its own; the system has room for 15 bytes.
TEST(ThreadTeam, WorkersBearTheirNames) {
  auto team = ThreadTeam::make(4, {.cores = {}, .names = {"none", "cpu1-1", "a name of sixteen"}});
  ASSERT_TRUE(team.has_value());
  char own[16] = {};
  pthread_getname_np(pthread_self(), own, sizeof own);
  std::vector<std::string> names(4);
  auto work = [&](int t) {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    names[size_t(t)] = name;
  };
  (*team)->run(work);
  EXPECT_EQ(names, (std::vector<std::string>{own, "cpu1-1", "a name of sixte", own}));
}

// What one thread wrote before a barrier, all others read after it. Run under TSan too.
TEST(Barrier, ShowsWhatWasWrittenBeforeIt) {
  constexpr int kThreads = 3, kRounds = 500;
  auto team = ThreadTeam::make(kThreads);
  ASSERT_TRUE(team.has_value());
  Barrier barrier(kThreads);
  std::vector<int> cells(kThreads), wrong(kThreads);
  auto work = [&](int t) {
    for (int round = 1; round <= kRounds; ++round) {
      cells[size_t(t)] = round;
      barrier.wait();
      for (int c : cells) wrong[size_t(t)] += c != round;
      barrier.wait();
    }
  };
  (*team)->run(work);
  EXPECT_EQ(wrong, std::vector<int>(kThreads, 0));
}

TEST(ThreadTeam, MayBeMadeAndDroppedWithoutWork) {
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(ThreadTeam::make(4).has_value());
}

// Stacks for a few threads, not for a thousand: those that came go home again.
TEST(ThreadTeam, AThreadTooManyIsARefusalAndNoHang) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer needs the address space";
#endif
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before;
  ::getrlimit(RLIMIT_AS, &before);
  const rlimit close = {pages * uint64_t(::sysconf(_SC_PAGESIZE)) + (100 << 20), before.rlim_max};
  if (pages == 0 || ::setrlimit(RLIMIT_AS, &close) != 0) GTEST_SKIP() << "no such limit here";
  const auto team = ThreadTeam::make(1000);
  ::setrlimit(RLIMIT_AS, &before);
  ASSERT_FALSE(team);
  EXPECT_EQ(team.error().kind, ErrorKind::no_memory);
  EXPECT_EQ(team.error().where, "threads");
}

TEST(UsableCores, AtLeastOneAndNoMoreThanTheMachineHas) {
  EXPECT_GE(usable_cores(), 1u);
  EXPECT_LE(usable_cores(), std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace straddle
