// Every golden format as a whole model: reference device on dequantized weights, CPU device by its rule
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

quant::ActivationFormat rule_of(const GoldenModel& model) {
  return quant::traits(*quant::format_by_name(model.name)).activation;
}

struct Bounds {
  double least, most;
};

// What computing in float32 costs: the logits' own rounding at least.
constexpr Bounds kFloat32{7e-16, 2e-12};

// A fifth around what the rule's rounding costs in float64: less says that inputs are not rounded by
// this rule, more that something else is lost. Never more than the product allows.
Bounds cpu_bounds(const GoldenModel& model) {
  const auto around = [](double cost, double limit) {
    return Bounds{cost / 1.2, std::min(limit, cost * 1.2)};
  };
  switch (rule_of(model)) {
    case quant::ActivationFormat::float32:
      return kFloat32;
    case quant::ActivationFormat::int8_x32:
      return around(model.int8_x32, 1.5e-3);
    case quant::ActivationFormat::int8_x256:
      return around(model.int8_x256, 3e-3);
  }
  return {};
}

void expect_within(const Bounds& bounds, double error) {
  EXPECT_GE(error, bounds.least);
  EXPECT_LE(error, bounds.most);
}

class Format : public ::testing::TestWithParam<GoldenModel> {};

TEST_P(Format, ReferenceComputesOnDequantizedWeights) {
  const auto& model = GetParam();
  const auto truth = testing::read_floats(model.runs[0].ref_file);
  expect_within(kFloat32, testing::nmse(logits(model, model.runs[0], {"reference"}, 64), truth));
}

TEST_P(Format, CpuStaysWithinItsRule) {
  const auto& model = GetParam();
  const auto out = logits(model, model.runs[0], {"cpu"}, 64);
  const double error = testing::nmse(out, testing::read_floats(model.runs[0].ref_file));
  std::printf("%-8s NMSE %.2e to truth\n", model.name.c_str(), error);
  expect_within(cpu_bounds(model), error);
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
    if (rule_of(model) != quant::ActivationFormat::int8_x256) continue;
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
  expect_within(kFloat32, testing::nmse(logits(model, model.runs[0], {"reference"}, 64), truth));
  expect_within({6e-4, 1.2e-3}, testing::nmse(logits(model, model.runs[0], {"cpu"}, 64), truth));
}

}  // namespace
}  // namespace straddle
