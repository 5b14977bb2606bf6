// The packed codebooks against the tables that they were made from.
#include "quant/codebooks.h"

#include <gtest/gtest.h>

#include "testing/golden.h"

namespace straddle::quant::codebooks {
namespace {

std::vector<uint8_t> table(const std::string& name) {
  return testing::read_bytes(testing::source("tests/golden/quants/tables/" + name));
}

// Entries of `width` values of `bits` bits, each looked up by `value`.
template <class Value>
std::vector<uint8_t> expand(std::span<const uint16_t> codes, int width, int bits, Value value) {
  std::vector<uint8_t> out;
  for (uint16_t code : codes) {
    for (int i = 0; i < width; ++i) out.push_back(uint8_t(value(code >> bits * i & ((1 << bits) - 1))));
  }
  return out;
}

TEST(Codebooks, GridsHoldTheTablesValues) {
  const auto two = [](int i) { return kMagnitudes2[i]; };
  EXPECT_EQ(expand(kIq2Xxs, 8, 2, two), table("iq2xxs_grid.u8"));
  EXPECT_EQ(expand(kIq2Xs, 8, 2, two), table("iq2xs_grid.u8"));
  EXPECT_EQ(expand(kIq2S, 8, 2, two), table("iq2s_grid.u8"));
  EXPECT_EQ(expand(kIq3Xxs, 4, 3, [](int i) { return kMagnitudes3[i]; }), table("iq3xxs_grid.u4"));
  EXPECT_EQ(expand(kIq3S, 4, 3, [](int i) { return 2 * i + 1; }), table("iq3s_grid.u4"));
  EXPECT_EQ(expand(kIq1, 8, 2, [](int i) { return i - 1; }), table("iq1s_grid.u8"));
}

TEST(Codebooks, SignsAreEven) {
  const auto signs = table("ksigns_iq2xs.u1");
  ASSERT_EQ(signs.size(), 128u);
  for (uint32_t i = 0; i < 128; ++i) EXPECT_EQ(even_signs(i), signs[i]) << i;
}

TEST(Codebooks, SmallTables) {
  const auto iq4 = table("kvalues_iq4nl.i1"), fp4 = table("kvalues_fp4.i1");
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(kIq4[i], int8_t(iq4.at(size_t(i))));
    EXPECT_EQ(kFp4[i], int8_t(fp4.at(size_t(i))));
  }
}

}  // namespace
}  // namespace straddle::quant::codebooks
