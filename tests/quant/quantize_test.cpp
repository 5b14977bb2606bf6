// Quantizers: the error on the golden input is at most 2 % above ggml's (tests/golden/quants), and
// no input makes them misbehave.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "golden_index.h"
#include "testing/golden.h"

namespace straddle::quant {
namespace {

std::vector<float> round_trip(Format format, const std::vector<float>& values,
                              const float* importance = nullptr) {
  const Traits& row = traits(format);
  std::vector<uint8_t> blocks(*row_bytes(format, values.size()));
  std::vector<float> out(values.size());
  row.quantize(values.data(), importance, blocks.data(), values.size());
  row.dequantize(blocks.data(), out.data(), out.size());
  return out;
}

std::vector<GoldenRow> quantizable() {
  std::vector<GoldenRow> rows = golden_rows();
  std::erase_if(rows, [](const GoldenRow& row) { return !traits(row.format).quantize; });
  return rows;
}

class Quantizer : public ::testing::TestWithParam<GoldenRow> {};

TEST_P(Quantizer, IsAsGoodAsGgml) {
  const auto input = testing::read_floats(testing::source("tests/golden/quants/input.f32"));
  const auto imatrix = testing::read_floats(testing::source("tests/golden/quants/imatrix.f32"));
  ASSERT_EQ(input.size(), 4096u);
  const auto values =
      round_trip(GetParam().format, input, GetParam().weighted ? imatrix.data() : nullptr);
  const double all = relative_rms(values, input), last = relative_rms(values, input, 4096 - 1792);
  EXPECT_LE(all, 1.02 * GetParam().error_all + 1e-9);
  EXPECT_LE(last, 1.02 * GetParam().error_last + 1e-9);
  RecordProperty("all", std::to_string(all / GetParam().error_all));
  RecordProperty("last", std::to_string(last / GetParam().error_last));
}

TEST_P(Quantizer, KeepsZeros) {
  for (float value : round_trip(GetParam().format, std::vector<float>(512, 0.0f)))
    ASSERT_EQ(value, 0.0f);
}

// Values that fit exactly (a few steps of one scale) come back: a second quantization loses next to
// nothing, whatever the sign of the largest value.
TEST_P(Quantizer, LosesLittleTheSecondTime) {
  const auto input = testing::read_floats(testing::source("tests/golden/quants/input.f32"));
  const auto once = round_trip(GetParam().format, input);
  EXPECT_LE(relative_rms(round_trip(GetParam().format, once), once), 0.25 * GetParam().error_all + 1e-9);
}

// 512 values: rows of ordinary ones with `bad` sprinkled in.
std::vector<float> spoiled_by(float bad) {
  std::vector<float> out(512);
  for (size_t i = 0; i < out.size(); ++i) out[i] = i % 5 == 1 ? bad : std::sin(float(i));
  return out;
}

TEST_P(Quantizer, SurvivesAnyFloat) {
  using Limits = std::numeric_limits<float>;
  for (float bad : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::max(),
                    -Limits::max(), Limits::min(), Limits::denorm_min(), 1e-8f, 70000.0f}) {
    for (const auto& values : {spoiled_by(bad), std::vector<float>(512, bad)}) {
      const auto out = round_trip(GetParam().format, values);
      if (traits(GetParam().format).block_values == 1) continue;  // floats keep what is not finite
      for (float value : out) ASSERT_TRUE(std::isfinite(value)) << bad;
    }
  }
}

TEST_P(Quantizer, NanCountsAsZero) {
  if (traits(GetParam().format).block_values == 1) return;
  EXPECT_EQ(round_trip(GetParam().format, spoiled_by(std::numeric_limits<float>::quiet_NaN())),
            round_trip(GetParam().format, spoiled_by(0)));
}

TEST_P(Quantizer, SurvivesAnyImportance) {
  const auto input = testing::read_floats(testing::source("tests/golden/quants/input.f32"));
  const auto plain = round_trip(GetParam().format, input);
  using Limits = std::numeric_limits<float>;
  for (float same : {0.0f, 1.0f, Limits::quiet_NaN(), Limits::infinity(), -1.0f}) {
    const std::vector<float> importance(input.size(), same);
    EXPECT_EQ(round_trip(GetParam().format, input, importance.data()), plain) << same;
  }
}

// The few that matter are met better than without being told (formats that search only).
TEST_P(Quantizer, ImportantValuesAreMetBetter) {
  const Traits& row = traits(GetParam().format);
  if (row.block_values == 1 || row.format == Format::Q8_0 || row.format == Format::MXFP4) return;
  const auto input = testing::read_floats(testing::source("tests/golden/quants/input.f32"));
  std::vector<float> importance(input.size(), 0.01f);
  for (size_t i = 0; i < input.size(); i += 8) importance[i] = 1;
  const auto plain = round_trip(row.format, input),
             told = round_trip(row.format, input, importance.data());
  double plain_error = 0, told_error = 0;
  for (size_t i = 2304; i < input.size(); i += 8) {
    plain_error += std::pow(plain[i] - input[i], 2);
    told_error += std::pow(told[i] - input[i], 2);
  }
  EXPECT_LT(told_error, 0.95 * plain_error);
}

INSTANTIATE_TEST_SUITE_P(All, Quantizer, ::testing::ValuesIn(quantizable()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace straddle::quant
