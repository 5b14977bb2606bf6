// Where threads must wait: values of one place but other rows.
#include "device/cpu/footprint.h"

#include <gtest/gtest.h>

#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

using cpu::conflict;
using cpu::footprint;

bool wait(const ops::Op& a, const ops::Op& b) {
  const ops::Program p;
  const bool forth = conflict(footprint(p, a), footprint(p, b));
  EXPECT_EQ(forth, conflict(footprint(p, b), footprint(p, a)));
  return forth;
}

ops::Op scale(const ops::Value& in, const ops::Value& out) { return ops::Scale{in, out, 2}; }

TEST(Footprint, OpsByTheSameRowsWaitWhereTheirMatricesDiffer) {
  const ops::Value x{0, 64, 0, 64}, y{64, 64, 0, 64}, z{128, 64, 0, 64}, wide{64, 128, 0, 128},
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
  const ops::Value x{0, 64, 0, 64}, wanted{0, 64, 0, 64, ops::Rows::wanted},
      out{64, 64, 0, 64, ops::Rows::wanted};
  EXPECT_TRUE(wait(scale(x, x), ops::Gather{x, wanted}));  // a thread's wanted rows are not its rows
  EXPECT_FALSE(wait(ops::Gather{x, wanted}, scale(wanted, out)));
}

// The scratch of A comes back as B, twice as wide: rows of B lie on rows of A that other threads have
// yet to read.
TEST(Footprint, ScratchThatComesBackWithAnotherPitchIsWaitedFor) {
  constexpr uint32_t rows = 64;
  Model m;
  const ops::Value x = m.input(random_floats(rows * 32, 1), 32),
                   y = m.input(random_floats(rows * 64, 2), 64);
  const ops::Value c = m.value(32), b = m.value(64), a{b.offset, 32, 0, 32};
  const ops::Weight w = m.add(float_weight(random_floats(32 * 32, 3), 32));
  for (const ops::Op& op : {ops::Op(ops::MatMul{x, a, w}), ops::Op(ops::Softcap{a, c, 2}), scale(y, b)})
    m.program.ops.push_back(op);
  m.program.result = c;
  m.program.max_rows = m.program.max_wanted = rows;
  ops::Device one = prepare(make_cpu({1, "generic"}), m), four = prepare(make_cpu({4, "generic"}), m);
  const auto want = run(one, plain_step(0, rows));
  for (int i = 0; i < 20; ++i) ASSERT_EQ(difference(run(four, plain_step(0, rows)), want), "");
}

}  // namespace
}  // namespace straddle::device::testing
