// How often the threads of the CPU meet in one Step of a small model of each kind: a barrier that
// nothing needs costs speed, and no other test would see it.
#include <gtest/gtest.h>

#include <string>

#include "device/cpu/program.h"
#include "model/model.h"
#include "testing/mutated_model.h"

namespace straddle {
namespace {

size_t phases(const testing::SparseModel& model) {
  const auto bytes = model.bytes();
  const auto file = gguf::File::parse(*bytes, "small");
  EXPECT_TRUE(file);
  const auto blueprint = model::describe(*file, {});
  EXPECT_TRUE(blueprint);
  const auto programs = model::forward(*blueprint, {}, 1, {.max_rows = 16, .max_wanted = 1});
  return device::cpu::arrange(programs[0].program).phases.size();
}

// In the order of small_models(): name and phases.
const char* const kPhases = R"(bert 20
command-r 18
deepseek2 29
falcon 17
gemma 21
gemma2 22
gemma3 21
gemma4 22
glm4 21
glm4moe 21
gpt-oss 21
gpt2 21
granite 22
granitemoe 22
lfm2 22
llama 21
mamba 21
mistral3 21
nomic-bert 20
olmo2 21
phi2 17
phi3 21
qwen2 21
qwen2moe 21
qwen3 21
qwen35 27
qwen35moe 27
qwen3moe 21
qwen3next 27
rwkv7 56
stablelm 17
starcoder2 21
llama 21
qwen2 21
qwen3 21
gpt2 21
bert 20
phi3 21
deepseek2 27
deepseek2 33
deepseek2 39
qwen2moe 31
qwen3moe 25
gpt-oss 25
glm4moe 25
granitemoe 26
qwen3next 31
gemma3 21
gemma4 34
gemma4 45
llama 21
)";

TEST(Phases, AreAsFewAsTheyWere) {
  std::string counted;
  for (const auto& model : testing::small_models()) {
    const auto& name = model.keys[0].value;  // a length, then the architecture
    counted += std::string(name.begin() + 8, name.end()) + " " + std::to_string(phases(model)) + "\n";
  }
  EXPECT_EQ(counted, kPhases);
}

}  // namespace
}  // namespace straddle
