#include "base/measured.h"

#include <gtest/gtest.h>

namespace straddle {
namespace {

TEST(Median, IsOneOfTheValues) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, 1, 5}), 5);
  EXPECT_EQ(median({1, 9, 5, 7}), 7);
}

TEST(UpperQuartile, IsReachedByAQuarterOfTheValues) {
  EXPECT_EQ(upper_quartile({}), 0);
  EXPECT_EQ(upper_quartile({7}), 7);
  EXPECT_EQ(upper_quartile({1, 2, 3, 4, 5, 6, 7, 8}), 6);
  EXPECT_EQ(upper_quartile({9, 1, 9, 1, 1, 1, 1}), 9);
}

TEST(Spread, IsAShareOfTheMedian) {
  EXPECT_EQ(spread({}), 0);
  EXPECT_EQ(spread({3}), 0);
  EXPECT_EQ(spread({4, 5, 3}), 0.5);
}

}  // namespace
}  // namespace straddle
