// Where tasks must wait: values of one place but other rows.
#include "ops/footprint.h"

#include <gtest/gtest.h>

namespace straddle::ops {
namespace {

bool wait(const Op& a, const Op& b) {
  const Program p;
  const bool forth = conflict(footprint(p, a), footprint(p, b));
  EXPECT_EQ(forth, conflict(footprint(p, b), footprint(p, a)));
  return forth;
}

Op scale(const Value& in, const Value& out) { return Scale{in, out, 2}; }

TEST(Footprint, OpsByTheSameRowsWaitWhereTheirMatricesDiffer) {
  const Value x{0, 64, 0, 64}, y{64, 64, 0, 64}, z{128, 64, 0, 64}, wide{64, 128, 0, 128},
      shifted{96, 64, 0, 64};
  EXPECT_FALSE(wait(scale(x, y), scale(y, z)));  // each thread reads the rows that it wrote
  EXPECT_FALSE(wait(scale(x, y), scale(z, y)));
  EXPECT_FALSE(wait(scale(x, y), scale(x, z)));                      // only read together
  EXPECT_TRUE(wait(scale(x, y), scale(wide, {192, 128, 0, 128})));   // read with another pitch
  EXPECT_TRUE(wait(scale(y, x), scale({192, 128, 0, 128}, wide)));   // written with another pitch
  EXPECT_TRUE(wait(scale(x, y), scale(shifted, {192, 64, 0, 64})));  // another beginning
  // Other columns of one matrix never meet; the same columns are the same rows'.
  EXPECT_FALSE(wait(scale(x, wide.columns(0, 64)), scale(x, wide.columns(64, 64))));
  EXPECT_FALSE(wait(scale(x, wide.columns(0, 64)), scale(wide.columns(32, 64), x)));
}

TEST(Footprint, RowsOfTheOtherKindAreOthers) {
  const Value x{0, 64, 0, 64}, wanted{0, 64, 0, 64, Rows::wanted}, out{64, 64, 0, 64, Rows::wanted};
  EXPECT_TRUE(wait(scale(x, x), Gather{x, wanted}));  // a thread's wanted rows are not its rows
  EXPECT_FALSE(wait(Gather{x, wanted}, scale(wanted, out)));
}

// One task does all crossings of a Step in their order, so that they wait for none of their kind.
TEST(Footprint, CrossingsWaitForWhatTheySendAndAreWaitedFor) {
  const Value x{0, 64, 0, 64}, y{64, 64, 0, 64};
  EXPECT_TRUE(wait(scale(x, x), Send{x, 0}));
  EXPECT_TRUE(wait(Receive{x, 0}, scale(x, y)));
  EXPECT_FALSE(wait(Receive{x, 0}, scale(y, y)));
  EXPECT_FALSE(wait(Send{x, 0}, Send{y, 0}));
  EXPECT_FALSE(wait(Send{x, 0}, Receive{x, 1}));
}

}  // namespace
}  // namespace straddle::ops
