// Two threads on a ring, as two devices are; a third that fails it. Under TSan too.
#include "ops/ring.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace straddle::ops {
namespace {

void send(Ring& ring, float value) {
  const auto slot = ring.await_free();
  ASSERT_FALSE(slot.empty());
  for (float& v : slot) v = value;
  ring.sent();
}

TEST(Ring, GivesValuesInTheOrderTheyWereSent) {
  constexpr int kValues = 2000;
  Ring ring(3);
  EXPECT_EQ(ring.floats(), 3u);
  std::jthread sender([&] {
    for (int i = 0; i < kValues; ++i) send(ring, float(i));
  });
  for (int i = 0; i < kValues; ++i) {
    const auto slot = ring.await_sent();
    ASSERT_EQ(slot.size(), 3u);
    for (const float v : slot) ASSERT_EQ(v, float(i));
    ring.taken();
  }
}

// The third value waits for the first to be taken, and changes neither slot before.
TEST(Ring, TakesTwoValuesAndNoMore) {
  Ring ring(1);
  send(ring, 1);
  send(ring, 2);
  std::atomic<bool> free{false};
  std::jthread sender([&] {
    send(ring, 3);
    free = true;
  });
  std::this_thread::yield();
  EXPECT_FALSE(free);
  for (const float expected : {1.0f, 2.0f, 3.0f}) {
    EXPECT_EQ(ring.await_sent()[0], expected);
    ring.taken();
  }
}

bool sleeps(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto name_end = text.rfind(')');
  return name_end + 2 < text.size() && text[name_end + 2] == 'S';
}

// Whether waits spin, sleep or have yet to begin.
TEST(Ring, FailureEndsAllWaitsNowAndLater) {
  for (const bool asleep : {false, true}) {
    Ring full(1), empty(1);
    send(full, 1);
    send(full, 2);
    std::atomic<pid_t> waiting[2] = {0, 0};
    std::jthread sender([&] {
      waiting[0] = gettid();
      EXPECT_TRUE(full.await_free().empty());
    });
    std::jthread receiver([&] {
      waiting[1] = gettid();
      EXPECT_TRUE(empty.await_sent().empty());
    });
    for (const auto& thread : waiting) {
      while (asleep && !(thread && sleeps(thread))) std::this_thread::yield();
    }
    full.fail();
    empty.fail();
    sender.join();
    receiver.join();
    EXPECT_TRUE(full.await_free().empty());
    EXPECT_TRUE(full.await_sent().empty());  // what was sent before is not believed either
    EXPECT_TRUE(empty.await_free().empty());
  }
}

TEST(Ring, ResetMakesAFailedOneEmpty) {
  Ring ring(1);
  send(ring, 1);
  ring.fail();
  ring.reset();
  send(ring, 2);
  EXPECT_EQ(ring.await_sent()[0], 2);
  ring.taken();
  send(ring, 3);
  send(ring, 4);
  EXPECT_EQ(ring.await_sent()[0], 3);
}

}  // namespace
}  // namespace straddle::ops
