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

}  // namespace
}  // namespace straddle
