// The golden vocabularies, for tests that want each.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace straddle::text {

inline constexpr const char* kGoldenVocabularies[] = {
    "llama-spm", "phi-3",     "gpt-2",          "llama-bpe",    "qwen2",   "qwen35",
    "falcon",    "starcoder", "deepseek-coder", "deepseek-llm", "gemma-4", "bert-bge"};

// As gtest takes names.
inline std::string golden_name(const ::testing::TestParamInfo<const char*>& row) {
  std::string name = row.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace straddle::text
