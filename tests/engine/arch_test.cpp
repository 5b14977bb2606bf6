// Every golden architecture: logits on both devices against a float64 forward pass by independent code.
#include <gtest/gtest.h>

#include "engine/golden_models.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using testing::GoldenModel;
using testing::GoldenRun;
using testing::logits;
using testing::same_bytes;

// Rounding the logits to float32 costs 7e-16 by itself: below that nothing was computed, or the truth
// was compared with itself.
constexpr double kLeast = 7e-16;

// Measured: 2e-12 and less on small models, 8e-12 on larger ones (delta rule), 1.4e-10 over 27 layers.
double most(const std::string& name) {
  if (name == "arch/deepseek2-lite") return 1e-9;
  return name.starts_with("small/") ? 1e-11 : 5e-11;
}

class Arch : public ::testing::TestWithParam<std::string> {};

void expect_float32(const std::string& name, const GoldenRun& run, const std::vector<float>& out) {
  const double error = testing::nmse(out, testing::read_floats(run.ref_file));
  std::printf("%-24s context %-5u NMSE %.2e\n", name.c_str(), run.context, error);
  EXPECT_GE(error, kLeast) << name << " context " << run.context;
  EXPECT_LE(error, most(name)) << name << " context " << run.context;
}

TEST_P(Arch, ReferenceAgreesWithFloat64) {
  const GoldenModel model = testing::read_float_model(GetParam());
  for (const GoldenRun& run : model.runs)
    expect_float32(GetParam(), run, logits(model, run, {"reference"}, 64));
}

TEST_P(Arch, CpuAgreesWithFloat64AndGivesTheSameBytesInChunks) {
  const GoldenModel model = testing::read_float_model(GetParam());
  const bool embeds = model.name == "bert" || model.name == "nomic-bert";  // a text is one Step
  for (const GoldenRun& run : model.runs) {
    const auto out = logits(model, run, {"cpu"}, 64);
    expect_float32(GetParam(), run, out);
    if (embeds) continue;
    EXPECT_TRUE(same_bytes(out, logits(model, run, {"cpu"}, 1))) << "token by token";
    EXPECT_TRUE(same_bytes(out, logits(model, run, {"cpu"}, 5))) << "in chunks of 5";
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Arch, ::testing::ValuesIn(testing::float_models()),
                         [](const auto& name) { return testing::gtest_name(name.param); });

}  // namespace
}  // namespace straddle
