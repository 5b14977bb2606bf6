#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "quant/quant.h"

namespace straddle::quant {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// By the definition: sign, 5 bits of exponent (bias 15), 10 bits of mantissa.
double half_by_definition(uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const double size =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return bits >> 15 ? -size : size;
}

bool is_nan_half(uint32_t bits) { return (bits & 0x7fff) > 0x7c00; }

TEST(Half, EveryPatternReadsAsDefinedAndComesBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = from_f16(uint16_t(bits));
    if (is_nan_half(bits)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
      ASSERT_EQ(to_f16(value), bits | 0x200) << bits;  // quiet, sign and payload kept
      continue;
    }
    if ((bits & 0x7fff) != 0x7c00) {
      ASSERT_EQ(double(value), half_by_definition(uint16_t(bits)));
    }
    ASSERT_EQ(to_f16(value), bits) << value;
  }
  EXPECT_EQ(from_f16(0x7c00), kInfinity);
  EXPECT_EQ(from_f16(0xfc00), -kInfinity);
}

// Between two neighbours: to the nearer one, from the middle to the even one.
TEST(Half, RoundsToNearestEven) {
  for (uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = from_f16(bits), high = from_f16(uint16_t(bits + 1));
    const float middle = low + (high - low) / 2;
    const uint16_t even = uint16_t(bits + (bits & 1));
    ASSERT_EQ(to_f16(middle), even) << bits;
    ASSERT_EQ(to_f16(std::nextafter(middle, 0.0f)), bits);
    ASSERT_EQ(to_f16(std::nextafter(middle, kInfinity)), bits + 1);
    ASSERT_EQ(to_f16(-middle), even | 0x8000);
  }
}

TEST(Half, TooLargeBecomesInfinityAndTooSmallZero) {
  EXPECT_EQ(to_f16(65504.0f), 0x7bff);
  EXPECT_EQ(to_f16(65519.996f), 0x7bff);
  EXPECT_EQ(to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(to_f16(-1e30f), 0xfc00);
  EXPECT_EQ(to_f16(0x1p-25f), 0);  // the middle to the first subnormal: even
  EXPECT_EQ(to_f16(std::nextafter(0x1p-25f, 1.0f)), 1);
  EXPECT_EQ(to_f16(-0.0f), 0x8000);
}

TEST(BrainFloat, EveryPatternComesBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = from_bf16(uint16_t(bits));
    ASSERT_EQ(std::bit_cast<uint32_t>(value), bits << 16);
    ASSERT_EQ(to_bf16(value), std::isnan(value) ? bits | 0x40 : bits);
  }
}

TEST(BrainFloat, RoundsToNearestEven) {
  const auto rounded = [](uint32_t bits) { return to_bf16(std::bit_cast<float>(bits)); };
  EXPECT_EQ(rounded(0x3f808000), 0x3f80);
  EXPECT_EQ(rounded(0x3f818000), 0x3f82);
  EXPECT_EQ(rounded(0x3f808001), 0x3f81);
  EXPECT_EQ(rounded(0x00008001), 0x0001);                   // subnormal
  EXPECT_EQ(rounded(0x7f7fffff), 0x7f80);                   // beyond the largest
  EXPECT_TRUE(std::isnan(from_bf16(rounded(0x7f800001))));  // never rounded to infinity
}

}  // namespace
}  // namespace straddle::quant
