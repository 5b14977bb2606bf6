// Every format against ggml's own results (tests/golden/quants): dequantizing bit for bit, and the
// integers of a block against the dequantized values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "golden_index.h"
#include "testing/golden.h"

namespace straddle::quant {
namespace {

using ::testing::HasSubstr;

std::string golden_file(const std::string& folder, const GoldenRow& row, const char* suffix) {
  return testing::source("tests/golden/quants/" + folder + "/" + row.name + suffix);
}

class GoldenFormat : public ::testing::TestWithParam<GoldenRow> {
 protected:
  void expect_dequantized(const std::string& blocks_file, const std::string& values_file) {
    const auto blocks = testing::read_bytes(blocks_file);
    const auto expected = testing::read_floats(values_file);
    ASSERT_FALSE(expected.empty());
    ASSERT_EQ(blocks.size(), row_bytes(GetParam().format, expected.size()));
    std::vector<float> values(expected.size());
    traits(GetParam().format).dequantize(blocks.data(), values.data(), values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(expected[i]))
          << "value " << i << ": " << values[i] << " instead of " << expected[i];
    }
  }
};

TEST_P(GoldenFormat, DequantizesWhatGgmlQuantized) {
  expect_dequantized(golden_file("quant", GetParam(), ".bin"),
                     golden_file("dequant", GetParam(), ".f32"));
}

TEST_P(GoldenFormat, DequantizesRandomBits) {
  expect_dequantized(golden_file("random", GetParam(), ".bin"),
                     golden_file("random", GetParam(), ".f32"));
}

TEST_P(GoldenFormat, KnowsItsNameAndSize) {
  const Traits& row = traits(GetParam().format);
  EXPECT_EQ(row.name, GetParam().name);
  EXPECT_EQ(row.block_values, GetParam().block_values);
  EXPECT_EQ(row.block_bytes, GetParam().block_bytes);
  EXPECT_EQ(format_by_name(GetParam().name), GetParam().format);
}

// What a device computes with (in double here, so that only the integers can be wrong).
double value_of(const Integers& block, Combine combine, uint32_t column) {
  const uint32_t group = column / 16;
  const double scaled = double(block.d) * block.scale[group] * block.q[column];
  const double min = double(block.dmin) * block.min[group];
  return combine == Combine::scaled      ? scaled
         : combine == Combine::minus_min ? scaled - min
                                         : scaled + min;
}

TEST_P(GoldenFormat, IntegersMeanTheSameValues) {
  const Traits& row = traits(GetParam().format);
  if (row.activation == ActivationFormat::float32) {
    EXPECT_EQ(row.integers, nullptr);
    return;
  }
  const auto blocks = testing::read_bytes(golden_file("random", GetParam(), ".bin"));
  const auto expected = testing::read_floats(golden_file("random", GetParam(), ".f32"));
  for (size_t at = 0; at < expected.size(); at += row.block_values) {
    Integers block;
    row.integers(blocks.data() + at / row.block_values * row.block_bytes, block);
    for (uint32_t i = 0; i < row.block_values; ++i) {
      const double scaled = double(block.d) * block.scale[i / 16] * block.q[i];
      const double size = std::abs(scaled) + std::abs(double(block.dmin) * block.min[i / 16]);
      ASSERT_NEAR(value_of(block, row.combine, i), expected[at + i], 1e-6 * size) << at + i;
    }
  }
}

// Devices rely on it: no min where none is combined, and an offset of exactly 1.
TEST_P(GoldenFormat, IntegersHaveTheMinsThatTheirRowSays) {
  const Traits& row = traits(GetParam().format);
  if (!row.integers) return;
  const auto blocks = testing::read_bytes(golden_file("random", GetParam(), ".bin"));
  for (size_t at = 0; at < blocks.size(); at += row.block_bytes) {
    Integers block;
    row.integers(blocks.data() + at, block);
    for (uint32_t group = 0; group < row.block_values / 16; ++group) {
      if (row.combine == Combine::minus_min) continue;
      ASSERT_EQ(block.min[group], row.combine == Combine::plus_offset ? 1 : 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenFormat, ::testing::ValuesIn(golden_rows()),
                         [](const auto& test) { return test.param.name; });

TEST(Formats, EveryRowIsReachedByNumberAndName) {
  for (const Traits& row : all_formats()) {
    EXPECT_EQ(&traits(row.format), &row);
    EXPECT_EQ(format_by_name(row.name), row.format);
    EXPECT_EQ(format_of_type(uint32_t(row.format)).value(), row.format);
  }
  EXPECT_EQ(all_formats().size(), golden_rows().size() + 5);  // I8 to I64, F64
}

TEST(Formats, NamesMayBeWrittenInAnyCase) {
  EXPECT_EQ(format_by_name("q4_k"), Format::Q4_K);
  EXPECT_EQ(format_by_name("Q4_K_M"), std::nullopt);
  EXPECT_EQ(format_by_name(""), std::nullopt);
}

std::string refusal(uint32_t type) {
  const Result<Format> format = format_of_type(type);
  return format ? "accepted" : one_line(format.error());
}

TEST(Formats, RefusedTypesSayWhatToDo) {
  EXPECT_THAT(refusal(4), HasSubstr("Q4_2) was removed in 2023: convert again"));
  EXPECT_THAT(refusal(5), HasSubstr("Q4_3) was removed in 2023: convert again"));
  for (uint32_t type : {9u, 15u}) EXPECT_THAT(refusal(type), HasSubstr("activation format"));
  for (uint32_t type : {31u, 32u, 33u}) EXPECT_THAT(refusal(type), HasSubstr("use Q4_0"));
  for (uint32_t type : {36u, 37u, 38u}) EXPECT_THAT(refusal(type), HasSubstr("use IQ4_NL"));
  for (uint32_t type : {43u, 77u, 0xffffffffu}) {
    EXPECT_EQ(refusal(type), "unknown type " + std::to_string(type));
  }
}

TEST(Formats, EveryNumberIsAFormatOrRefused) {
  size_t accepted = 0;
  for (uint32_t type = 0; type < 1000; ++type) accepted += format_of_type(type).has_value();
  EXPECT_EQ(accepted, all_formats().size());
}

TEST(RowBytes, CountsBlocksAndNeverWraps) {
  EXPECT_EQ(row_bytes(Format::Q4_K, 4096), 4096u / 256 * 144);
  EXPECT_EQ(row_bytes(Format::F32, 3), 12u);
  EXPECT_EQ(row_bytes(Format::Q4_0, 0), 0u);
  EXPECT_EQ(row_bytes(Format::Q4_K, 4096 + 32), std::nullopt);
  EXPECT_EQ(row_bytes(Format::F64, uint64_t(1) << 62), std::nullopt);
}

}  // namespace
}  // namespace straddle::quant
