// Every golden architecture: logits on the reference device against a float64 forward pass by
// independent code.
#include <gtest/gtest.h>

#include <cstring>

#include "engine/golden_models.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using testing::GoldenModel;
using testing::GoldenRun;
using testing::logits;
using testing::same_bytes;

class Arch : public ::testing::TestWithParam<std::string> {};

TEST_P(Arch, ReferenceAgreesWithFloat64) {
  const GoldenModel model = testing::read_arch_model(GetParam());
  const double bound = model.name == "deepseek2-lite" ? 1e-8 : 1e-9;  // 27 layers amplify rounding
  for (const GoldenRun& run : model.runs) {
    const auto out = logits(model, run, {"reference"}, 64);
    const double error = testing::nmse(out, testing::read_floats(run.ref_file));
    std::printf("%-18s context %-5u NMSE %.2e\n", model.name.c_str(), run.context, error);
    EXPECT_LE(error, bound) << model.name << " context " << run.context;
  }
}

TEST_P(Arch, CpuAgreesWithFloat64AndGivesTheSameBytesInChunks) {
  const GoldenModel model = testing::read_arch_model(GetParam());
  const double bound = model.name == "deepseek2-lite" ? 1e-8 : 1e-9;
  const bool embeds = model.name == "bert" || model.name == "nomic-bert";  // a text is one Step
  for (const GoldenRun& run : model.runs) {
    const auto out = logits(model, run, {"cpu"}, 64);
    const double error = testing::nmse(out, testing::read_floats(run.ref_file));
    std::printf("%-18s context %-5u NMSE %.2e on the CPU\n", model.name.c_str(), run.context, error);
    EXPECT_LE(error, bound) << model.name << " context " << run.context;
    if (embeds) continue;
    EXPECT_TRUE(same_bytes(out, logits(model, run, {"cpu"}, 1))) << "token by token";
    EXPECT_TRUE(same_bytes(out, logits(model, run, {"cpu"}, 5))) << "in chunks of 5";
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Arch, ::testing::ValuesIn(testing::arch_names()), [](const auto& name) {
  std::string out = name.param;
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
});

}  // namespace
}  // namespace straddle
