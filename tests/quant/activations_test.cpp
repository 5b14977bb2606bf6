// Rule 1 of docs/numbers.md, as written there.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "quant/quant.h"

namespace straddle::quant {
namespace {

struct Encoded {
  std::vector<int8_t> q;
  std::vector<float> d;
};

Encoded encode(ActivationFormat rule, const std::vector<float>& values) {
  const size_t block = rule == ActivationFormat::int8_x32 ? 32 : 256;
  Encoded out{std::vector<int8_t>(values.size(), 99),
              std::vector<float>((values.size() + block - 1) / block, 99)};
  encode_activations(rule, values.data(), values.size(), out.q.data(), out.d.data());
  return out;
}

// Values in the open middle of a block of 32 whose largest magnitude is 127: inv is 1.
std::vector<float> with_127(std::initializer_list<float> values) {
  std::vector<float> out(32, 0.0f);
  std::copy(values.begin(), values.end(), out.begin());
  out[31] = -127;
  return out;
}

TEST(Activations, RoundHalfToEven) {
  const Encoded out = encode(ActivationFormat::int8_x32,
                             with_127({0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, 3.4999f}));
  const std::vector<int8_t> expected = {0, 2, 2, 0, -2, -2, 126, 3};
  EXPECT_EQ(std::vector<int8_t>(out.q.begin(), out.q.begin() + 8), expected);
  EXPECT_EQ(out.q[31], -127);
  EXPECT_EQ(out.d[0], 127.0f * (1.0f / 127.0f));
}

TEST(Activations, ScalesAreOnePerBlockAndTheLastOf256MayBeShort) {
  std::vector<float> values(256 + 64, 1.0f);
  values[0] = 2.0f;
  values[256] = -4.0f;
  const Encoded wide = encode(ActivationFormat::int8_x256, values);
  ASSERT_EQ(wide.d.size(), 2u);
  EXPECT_EQ(wide.d[0], 2.0f * (1.0f / 127.0f));
  EXPECT_EQ(wide.d[1], 4.0f * (1.0f / 127.0f));
  EXPECT_EQ(wide.q[0], 127);
  EXPECT_EQ(wide.q[1], 64);  // 63.5 to the even one
  EXPECT_EQ(wide.q[256], -127);
  EXPECT_EQ(wide.q[319], 32);  // 31.75
  EXPECT_EQ(encode(ActivationFormat::int8_x32, values).d.size(), 10u);
}

TEST(Activations, TinyBlocksCountAsZero) {
  for (float amax :
       {0.0f, std::numeric_limits<float>::denorm_min(), 0x1p-126f, std::nextafter(0x1p-100f, 0.0f)}) {
    const Encoded out = encode(ActivationFormat::int8_x32, std::vector<float>(32, -amax));
    EXPECT_EQ(out.d[0], 0.0f) << amax;
    EXPECT_FALSE(std::signbit(out.d[0]));
    for (int8_t q : out.q) ASSERT_EQ(q, 0);
  }
  const Encoded first = encode(ActivationFormat::int8_x32, std::vector<float>(32, -0x1p-100f));
  EXPECT_EQ(first.q[0], -127);
  EXPECT_GT(first.d[0], 0.0f);
}

TEST(Activations, SubnormalsBesideLargeValuesAreZero) {
  std::vector<float> values(32, std::numeric_limits<float>::denorm_min());
  values[7] = 1.0f;
  const Encoded out = encode(ActivationFormat::int8_x32, values);
  EXPECT_EQ(out.q[0], 0);
  EXPECT_EQ(out.q[7], 127);
}

TEST(Activations, NanAndInfinityMakeTheirBlockNanAndNoOther) {
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()}) {
    std::vector<float> values(64, 1.0f);
    values[40] = bad;
    const Encoded out = encode(ActivationFormat::int8_x32, values);
    EXPECT_EQ(out.q[0], 127);
    EXPECT_EQ(out.d[0], 1.0f / 127.0f);
    EXPECT_TRUE(std::isnan(out.d[1]));
    for (size_t i = 32; i < 64; ++i) ASSERT_EQ(out.q[i], 0);
  }
}

// inv is rounded, so amax * inv may lie above 127: never so far that it rounds to 128.
TEST(Activations, NeverReach128) {
  uint32_t state = 1;
  for (int round = 0; round < 20000; ++round) {
    state = state * 1664525 + 1013904223;
    const float amax = std::ldexp(1.0f + float(state >> 9) * 0x1p-23f, int(state % 220) - 99);
    std::vector<float> values(32, -amax);
    values[1] = amax;
    const Encoded out = encode(ActivationFormat::int8_x32, values);
    ASSERT_EQ(out.q[0], -127) << amax;
    ASSERT_EQ(out.q[1], 127) << amax;
  }
  const float largest = std::numeric_limits<float>::max();
  EXPECT_EQ(encode(ActivationFormat::int8_x256, std::vector<float>(32, -largest)).q[0], -127);
}

TEST(Segments, AreAtMostSixteen) {
  EXPECT_EQ(segment_columns(32), 512u);
  EXPECT_EQ(segment_columns(8192), 512u);
  EXPECT_EQ(segment_columns(14336), 1024u);
  EXPECT_EQ(segment_columns(28672), 2048u);
}

}  // namespace
}  // namespace straddle::quant
