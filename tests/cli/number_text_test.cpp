#include "cli/number_text.h"

#include <gtest/gtest.h>

namespace straddle::cli {
namespace {

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

TEST(NumberText, AgesAsOllamaPrintsThem) {
  const struct {
    int64_t seconds;
    const char* text;
  } rows[] = {{0, "Less than a second ago"}, {1, "1 second ago"},          {59, "59 seconds ago"},
              {60, "About a minute ago"},    {120, "2 minutes ago"},       {3599, "59 minutes ago"},
              {3600, "About an hour ago"},   {5399, "About an hour ago"},  {5400, "2 hours ago"},
              {47 * 3600, "47 hours ago"},   {48 * 3600, "2 days ago"},    {14 * 86400, "2 weeks ago"},
              {60 * 86400, "2 months ago"},  {730 * 86400, "2 years ago"}, {-7200, "2 hours from now"}};
  for (const auto& row : rows) EXPECT_EQ(age_text(std::chrono::seconds(row.seconds)), row.text);
}

}  // namespace
}  // namespace straddle::cli
