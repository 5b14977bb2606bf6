// Every golden architecture: logits on the reference device against a float64 forward pass by
// independent code.
#include <gtest/gtest.h>

#include <cstring>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using testing::GoldenModel;
using testing::GoldenRun;

std::vector<float> logits(const GoldenModel& model, const GoldenRun& run, size_t chunk,
                          const std::string& device) {
  auto file = gguf::File::open(model.file);
  if (!file) {
    ADD_FAILURE() << one_line(file.error());
    return {};
  }
  auto engine = engine::Engine::load(*file, {.device = device,
                                             .context = run.context,
                                             .max_rows = 64,
                                             .max_wanted = 64,
                                             .kv = ops::KvType::f32});
  if (!engine) {
    ADD_FAILURE() << one_line(engine.error());
    return {};
  }
  std::vector<float> out;
  for (size_t at = 0; at < model.tokens.size(); at += chunk) {
    const size_t n = std::min(chunk, model.tokens.size() - at);
    const auto rows = engine->feed(0, std::span(model.tokens).subspan(at, n), engine::Wanted::all);
    if (!rows) {
      ADD_FAILURE() << one_line(rows.error());
      return {};
    }
    out.insert(out.end(), rows->begin(), rows->end());
  }
  return out;
}

bool same_bytes(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class Arch : public ::testing::TestWithParam<std::string> {};

TEST_P(Arch, ReferenceAgreesWithFloat64) {
  const GoldenModel model = testing::read_arch_model(GetParam());
  const double bound = model.name == "deepseek2-lite" ? 1e-8 : 1e-9;  // 27 layers amplify rounding
  for (const GoldenRun& run : model.runs) {
    const auto out = logits(model, run, 64, "reference");
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
    const auto out = logits(model, run, 64, "cpu");
    const double error = testing::nmse(out, testing::read_floats(run.ref_file));
    std::printf("%-18s context %-5u NMSE %.2e on the CPU\n", model.name.c_str(), run.context, error);
    EXPECT_LE(error, bound) << model.name << " context " << run.context;
    if (embeds) continue;
    EXPECT_TRUE(same_bytes(out, logits(model, run, 1, "cpu"))) << "token by token";
    EXPECT_TRUE(same_bytes(out, logits(model, run, 5, "cpu"))) << "in chunks of 5";
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, Arch, ::testing::ValuesIn(testing::arch_names()), [](const auto& name) {
  std::string out = name.param;
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
});

}  // namespace
}  // namespace straddle
