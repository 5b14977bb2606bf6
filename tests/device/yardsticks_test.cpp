// Yardsticks: what they promise besides speed, which no test can know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "device/device.h"

namespace straddle {
namespace {

using device::Yardsticks;

constexpr uint64_t kSmall = 4 << 20;

TEST(Yardsticks, EveryIsaHasBoth) {
  for (const char* isa : device::cpu_isas()) {
    for (unsigned threads : {1u, 3u}) {
      auto yardsticks = Yardsticks::make({.threads = threads, .isa = isa}, kSmall);
      ASSERT_TRUE(yardsticks) << one_line(yardsticks.error());
      EXPECT_STREQ(yardsticks->isa(), isa);
      EXPECT_EQ(yardsticks->threads(), threads);
      EXPECT_LE(yardsticks->bytes(), kSmall);
      EXPECT_GT(yardsticks->bytes(), kSmall - 4096);
      EXPECT_GT(yardsticks->read_GBps(), 0);
      EXPECT_GT(yardsticks->int8_GMACs(), 0);
    }
  }
}

TEST(Yardsticks, ProgressNeverFallsComesToTheEndAndMayStopIt) {
  uint64_t last = 0, all = 0;
  const auto look = [&](uint64_t done, uint64_t total) {
    EXPECT_GE(done, last);
    EXPECT_LE(done, total);
    last = done;
    all = total;
    return true;
  };
  ASSERT_TRUE(Yardsticks::make({.threads = 1}, 64 << 20, look));
  EXPECT_GT(last, all - 4096);
  const auto stopped =
      Yardsticks::make({.threads = 1}, kSmall, [](uint64_t, uint64_t) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
}

TEST(Yardsticks, AnUnknownIsaIsNamed) {
  const auto none = Yardsticks::make({.isa = "mmx"}, kSmall);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::usage);
  EXPECT_THAT(one_line(none.error()), ::testing::HasSubstr("\"mmx\" is unknown"));
}

}  // namespace
}  // namespace straddle
