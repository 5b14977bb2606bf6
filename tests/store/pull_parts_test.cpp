// What pulling is made of, and needs no server.
#include <gtest/gtest.h>

#include "store/byte_ranges.h"
#include "store/challenge.h"
#include "store/retries.h"

namespace straddle::store {
namespace {

using std::chrono::milliseconds;

TEST(ByteRanges, MeetAndOverlap) {
  ByteRanges ranges;
  EXPECT_EQ(ranges.reach(), 0u);
  ranges.add({10, 20});
  ranges.add({30, 40});
  EXPECT_EQ(ranges.reach(), 0u);
  EXPECT_EQ(ranges.gap(0, 100), (ByteRange{0, 10}));
  EXPECT_EQ(ranges.gap(15, 100), (ByteRange{20, 30}));
  EXPECT_EQ(ranges.gap(35, 40).size(), 0u);
  ranges.add({20, 30});
  EXPECT_EQ(std::distance(ranges.begin(), ranges.end()), 1);
  ranges.add({0, 15});
  EXPECT_EQ(ranges.reach(), 40u);
  EXPECT_EQ(ranges.total(), 40u);
  ranges.add({50, 50});
  EXPECT_EQ(ranges.gap(0, 100), (ByteRange{40, 100}));
}

// Beside a plain row of marks.
TEST(ByteRanges, AreThoseOfMarks) {
  constexpr uint64_t kSize = 40;
  ByteRanges ranges;
  bool marks[kSize] = {};
  uint32_t random = 1;
  for (int i = 0; i < 2000; ++i) {
    random = random * 1664525 + 1013904223;
    const uint64_t begin = random >> 16 & 31, end = begin + (random >> 24 & 7);
    if (i % 20 == 0) ranges = {}, std::fill_n(marks, kSize, false);
    ranges.add({begin, end});
    for (uint64_t at = begin; at < end; ++at) marks[at] = true;
    ASSERT_EQ(ranges.total(), uint64_t(std::count(marks, marks + kSize, true)));
    const auto gap = ranges.gap(begin, kSize);
    bool* first = std::find(marks + begin, marks + kSize, false);
    ASSERT_EQ(gap.begin, uint64_t(first - marks));
    ASSERT_EQ(gap.end, uint64_t(std::find(first, marks + kSize, true) - marks));
  }
}

TEST(Challenge, IsReadInAnyForm) {
  const auto plain = parse_challenge(
      R"(Bearer realm="https://a.test/token",service="b c",scope="repository:x/y:pull,push other")");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->scope, "repository:x/y:pull,push other");
  EXPECT_EQ(token_address(*plain),
            "https://a.test/token?service=b%20c&scope=repository%3Ax%2Fy%3Apull%2Cpush&scope=other");
  EXPECT_EQ(parse_challenge(R"(bearer service=a, realm="https://x/?q=\"")")->realm, "https://x/?q=\"");
  for (const char* none : {"", "Basic realm=\"x\"", "Bearer", "Bearer ", "Bearer service=\"a\"",
                           "Bearer realm", "Bearer realm=\"", "Bearer =\"x\""})
    EXPECT_FALSE(parse_challenge(none)) << none;
}

TEST(Retries, WaitLongerEachTime) {
  Retries retries(milliseconds(30'000));
  for (const int seconds : {1, 2, 4, 8, 16, 32})
    EXPECT_EQ(retries.failed({}), std::chrono::seconds(seconds));
  EXPECT_FALSE(retries.failed({}));
  retries.progressed();
  EXPECT_EQ(retries.failed({}), std::chrono::seconds(1));
}

TEST(Retries, WaitAsTheServerSays) {
  Retries retries(milliseconds(30'000));
  const auto after = [&](const char* text) {
    retries.progressed();
    return retries.failed({.retry_after = text});
  };
  EXPECT_EQ(after("7"), std::chrono::seconds(7));
  EXPECT_EQ(after("-7"), std::chrono::seconds(1));
  EXPECT_EQ(after("soon"), std::chrono::seconds(1));
  EXPECT_EQ(after("Wed, 21 Oct 2015 07:28:00 GMT"), std::chrono::seconds(1));
  EXPECT_FALSE(after("301"));
  EXPECT_FALSE(after("99999999999999999999"));
  EXPECT_FALSE(after("Fri, 21 Oct 2150 07:28:00 GMT"));
}

}  // namespace
}  // namespace straddle::store
