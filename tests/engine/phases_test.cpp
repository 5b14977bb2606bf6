// How often the threads of the CPU meet in one Step of each golden model: a barrier that nothing needs
// costs speed and no other test would notice.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "device/cpu/program.h"
#include "engine/golden_models.h"
#include "gguf/gguf.h"
#include "model/model.h"

namespace straddle {
namespace {

size_t phases(const std::string& name) {
  const auto file = gguf::File::open(testing::read_arch_model(name).file);
  EXPECT_TRUE(file);
  const auto blueprint = model::describe(*file, {});
  EXPECT_TRUE(blueprint);
  std::vector<uint32_t> ids(file->tensors().size());
  for (uint32_t i = 0; i < ids.size(); ++i) ids[i] = i;
  model::Placed placed;
  placed.buffers = ids;
  placed.caches.resize(blueprint->caches.size());
  placed.states.resize(blueprint->states.size());
  placed.max_rows = 16;
  placed.max_wanted = 1;
  return device::cpu::arrange(model::forward(*blueprint, placed)).phases.size();
}

const std::map<std::string, size_t> kPhases = {
    {"bert", 20},
    {"command-r", 18},
    {"deepseek2-legacy", 36},
    {"deepseek2-lite", 484},
    {"deepseek2-v2", 38},
    {"deepseek2-v3", 38},
    {"falcon", 17},
    {"falcon-2norm", 17},
    {"gemma", 21},
    {"gemma2", 40},
    {"gemma3", 66},
    {"gemma4", 84},
    {"gemma4-moe", 49},
    {"glm4", 21},
    {"glm4moe", 26},
    {"gpt-oss", 25},
    {"gpt2", 21},
    {"granite", 22},
    {"granitemoe", 32},
    {"lfm2", 32},
    {"llama", 30},
    {"llama-linear", 21},
    {"llama-moe", 25},
    {"llama-rope3", 21},
    {"llama-yarn", 21},
    {"mamba", 21},
    {"mistral3", 21},
    {"nomic-bert", 20},
    {"olmo2", 39},
    {"phi2", 17},
    {"phi3", 21},
    {"qwen2", 21},
    {"qwen2moe", 31},
    {"qwen3", 21},
    {"qwen35", 53},
    {"qwen35moe", 73},
    {"qwen3moe", 25},
    {"qwen3next", 73},
    {"rwkv7", 56},
    {"stablelm", 21},
    {"stablelm-12b", 17},
    {"starcoder2", 21},
};

class Phases : public ::testing::TestWithParam<std::string> {};

TEST_P(Phases, AreAsFewAsTheyWere) {
  const auto known = kPhases.find(GetParam());
  if (known == kPhases.end()) GTEST_SKIP() << "not counted yet: " << phases(GetParam());
  EXPECT_EQ(phases(GetParam()), known->second);
}

INSTANTIATE_TEST_SUITE_P(Golden, Phases, ::testing::ValuesIn(testing::arch_names()),
                         [](const auto& name) {
                           std::string out = name.param;
                           std::replace(out.begin(), out.end(), '-', '_');
                           return out;
                         });

}  // namespace
}  // namespace straddle
