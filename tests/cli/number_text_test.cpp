#include "cli/number_text.h"

#include <gtest/gtest.h>

namespace straddle::cli {
namespace {

TEST(NumberText, CountsAsOllamaPrintsThem) {
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

TEST(NumberText, SizesAsOllamaPrintsThem) {
  EXPECT_EQ(short_bytes(0), "0 B");
  EXPECT_EQ(short_bytes(512), "512 B");
  EXPECT_EQ(short_bytes(1000), "1 KB");
  EXPECT_EQ(short_bytes(1536), "1.5 KB");
  EXPECT_EQ(short_bytes(2'000'000'000), "2 GB");
  EXPECT_EQ(short_bytes(4'683'087'332), "4.7 GB");
  EXPECT_EQ(short_bytes(9'990'000'000), "10.0 GB");
  EXPECT_EQ(short_bytes(13'999'999'999), "13 GB");
  EXPECT_EQ(short_bytes(4'200'000'000'000), "4.2 TB");
}

}  // namespace
}  // namespace straddle::cli
