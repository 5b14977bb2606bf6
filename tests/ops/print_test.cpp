#include "ops/print.h"

#include <gtest/gtest.h>

namespace straddle::ops {
namespace {

TEST(Print, OneLinePerOp) {
  Program p;
  const Value x{0, 64, 0, 64, Rows::all}, both{64, 96, 0, 96, Rows::all},
      logits{0, 40, 0, 40, Rows::wanted};
  const Weight w{7, quant::Format::Q4_K, 32, 48, 2, 1024};
  p.ops = {MatMul{x, both, w}, KvWrite{both.columns(0, 32), both.columns(32, 64), 1}, Send{x, 1},
           Shift{x, both.columns(0, 64), {9, 64}}, Scale{logits, logits, 0.5f}};
  p.result = logits;
  EXPECT_EQ(
      text_of(p),
      "0 matmul  out -> all[64..160)  in = all[0..64)  weight = #7 Q4_K 2 x {32, 48} in 1024s  "
      "scale 1  sum 0\n"
      "1 kv_write  keys = all[64..96) of [64..160)  values = all[96..160) of [64..160)  to cache 1\n"
      "2 send  value = all[0..64)  to ring 1\n"
      "3 shift  out -> all[64..128) of [64..160)  in = all[0..64)  state #9 of 64\n"
      "4 scale  out -> wanted[0..40)  in = wanted[0..40)  factor 0.5\n"
      "result = wanted[0..40)\n");
}

}  // namespace
}  // namespace straddle::ops
