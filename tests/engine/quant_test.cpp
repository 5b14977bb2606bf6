// Every golden format as a whole model: reference device on dequantised weights, CPU device by its rule
// of numbers, llama.cpp's answers where its rule is the same, and the same bytes on every ISA, in a
// batch and alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "device/device.h"
#include "engine/golden_models.h"
#include "quant/quant.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using testing::GoldenModel;
using testing::logits;
using testing::same_bytes;

quant::Activation rule_of(const GoldenModel& model) {
  return quant::traits(*quant::format_by_name(model.name)).activation;
}

// One and a half times what the rule's rounding costs in float64, and never more than the product
// allows.
double cpu_bound(const GoldenModel& model) {
  switch (rule_of(model)) {
    case quant::Activation::float32:
      return 1e-9;
    case quant::Activation::int8_x32:
      return std::min(1.5e-3, 1.5 * model.int8_x32);
    case quant::Activation::int8_x256:
      return std::min(3e-3, 1.5 * model.int8_x256);
  }
  return 0;
}

class Format : public ::testing::TestWithParam<GoldenModel> {};

TEST_P(Format, ReferenceComputesOnDequantisedWeights) {
  const auto& model = GetParam();
  const auto truth = testing::read_floats(model.runs[0].ref_file);
  EXPECT_LE(testing::nmse(logits(model, model.runs[0], {"reference"}, 64), truth), 1e-9);
}

TEST_P(Format, CpuStaysWithinItsRule) {
  const auto& model = GetParam();
  const auto out = logits(model, model.runs[0], {"cpu"}, 64);
  const double error = testing::nmse(out, testing::read_floats(model.runs[0].ref_file));
  std::printf("%-8s NMSE %.2e to truth (bound %.1e)\n", model.name.c_str(), error, cpu_bound(model));
  EXPECT_LE(error, cpu_bound(model));
}

TEST_P(Format, SameBytesOnEveryIsaAloneAndInABatch) {
  const auto& model = GetParam();
  const auto batch = logits(model, model.runs[0], {"cpu"}, 64);
  EXPECT_TRUE(same_bytes(batch, logits(model, model.runs[0], {"cpu"}, 1))) << "token by token";
  for (const char* isa : device::cpu_isas()) {
    EXPECT_TRUE(same_bytes(batch, logits(model, model.runs[0], {"cpu", isa, 1}, 64))) << isa;
    EXPECT_TRUE(same_bytes(batch, logits(model, model.runs[0], {"cpu", isa, 3}, 7))) << isa;
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Format, ::testing::ValuesIn(testing::read_quant_models()),
                         [](const auto& model) { return model.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Format);

// One activation rounded the other way costs up to 3e-4, another rule 1e-3 everywhere.
TEST(Formats, SuperBlocksAgreeWithLlamaCpp) {
  std::vector<double> errors;
  for (const auto& model : testing::read_quant_models()) {
    if (rule_of(model) != quant::Activation::int8_x256) continue;
    const auto theirs = testing::read_floats(model.runs[0].llama_file);
    const double error = testing::nmse(logits(model, model.runs[0], {"cpu"}, 64), theirs);
    std::printf("%-8s NMSE %.2e to llama.cpp\n", model.name.c_str(), error);
    EXPECT_LE(error, 5e-4) << model.name;
    errors.push_back(error);
  }
  if (errors.empty()) GTEST_SKIP() << "no golden data: models/quant";
  std::nth_element(errors.begin(), errors.begin() + long(errors.size() / 2), errors.end());
  EXPECT_LE(errors[errors.size() / 2], 1e-4);
}

TEST(Formats, ExpertsInMxfp4) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/quant/gpt-oss-mxfp4.json");
  const GoldenModel model = testing::read_mxfp4_model(path);
  const auto truth = testing::read_floats(model.runs[0].ref_file);
  EXPECT_LE(testing::nmse(logits(model, model.runs[0], {"reference"}, 64), truth), 1e-9);
  EXPECT_LE(testing::nmse(logits(model, model.runs[0], {"cpu"}, 64), truth), 1.5e-3);
}

}  // namespace
}  // namespace straddle
