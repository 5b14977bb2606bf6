#include "base/size_text.h"

#include <gtest/gtest.h>

namespace straddle {
namespace {

TEST(SizeText, IsInPowersOfAThousand) {
  EXPECT_EQ(size_needed(0), "0 kB");
  EXPECT_EQ(size_needed(3'000'001), "3001 kB");
  EXPECT_EQ(size_needed(30'000'000), "30 MB");
  EXPECT_EQ(size_needed(9'999'000'000), "9999 MB");
  EXPECT_EQ(size_needed(12'400'000'000), "12.4 GB");
  EXPECT_EQ(size_free(12'400'000'000), "12.4 GB");
  EXPECT_EQ(size_needed(~uint64_t(0)), "18446744073.8 GB");
}

// What needs one byte more than there is reads so.
TEST(SizeText, NeededIsNeverReadAsWhatIsFree) {
  for (const uint64_t free :
       {999ull, 9'999'000ull, 9'999'999ull, 1'000'000ull, 1'999'999ull, 9'999'500'000ull,
        9'999'999'999ull, 10'000'000'000ull, 12'399'999'999ull, 12'400'000'000ull}) {
    EXPECT_NE(size_needed(free + 1), size_free(free)) << free;
  }
}

TEST(SizeText, CountsAsOllamaPrintsThem) {
  EXPECT_EQ(short_count(0), "0");
  EXPECT_EQ(short_count(999), "999");
  EXPECT_EQ(short_count(1000), "1K");
  EXPECT_EQ(short_count(292800), "293K");
  EXPECT_EQ(short_count(12'000'000), "12M");
  EXPECT_EQ(short_count(136'999'000), "137.00M");
  EXPECT_EQ(short_count(7'000'000'000), "7B");
  EXPECT_EQ(short_count(7'241'732'096), "7.2B");
  EXPECT_EQ(short_count(1'500'000'000'000), "1500B");
}

}  // namespace
}  // namespace straddle
