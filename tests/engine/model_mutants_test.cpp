// Models about which keys and shapes lie: what fuzz/model_fuzzer.cpp found, and scripts by fixed seeds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "engine/model_drive.h"
#include "testing/golden.h"
#include "testing/mutated_model.h"

namespace straddle {
namespace {

TEST(ModelMutants, SmallModelsRunAsTheyAre) {
  for (auto& model : testing::small_models()) {
    const auto result = testing::drive(model);
    const auto& name = model.keys[0].value;
    EXPECT_TRUE(result.ran && result.fault.empty())
        << std::string(name.begin() + 8, name.end()) << ": " << result.fault;
  }
}

TEST(ModelMutants, WhatWasFoundBefore) {
  const auto models = testing::small_models();
  for (const auto& entry : std::filesystem::directory_iterator(testing::source("fuzz/corpus/model"))) {
    const auto script = testing::read_bytes(entry.path().string());
    const auto result = testing::drive(testing::mutated(models, script));
    EXPECT_TRUE(result.fault.empty()) << entry.path() << ": " << result.fault;
  }
}

TEST(ModelMutants, AreRefusedInALineOrRun) {
  const auto models = testing::small_models();
  const uint32_t count = std::getenv("STRADDLE_LONG") ? 50'000 : 2'000;
  size_t described = 0, ran = 0;
  for (uint32_t seed = 0; seed < count; ++seed) {
    std::mt19937 random(seed);
    std::vector<uint8_t> script(64);
    for (uint8_t& byte : script) byte = uint8_t(random());
    const auto result = testing::drive(testing::mutated(models, script));
    ASSERT_TRUE(result.fault.empty()) << "seed " << seed << ": " << result.fault;
    described += result.described;
    ran += result.ran;
  }
  std::printf("%u mutants: %zu described, %zu ran\n", count, described, ran);
  EXPECT_GT(ran, count / 10);
}

}  // namespace
}  // namespace straddle
