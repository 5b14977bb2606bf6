// A model file with one lie in it.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gguf/gguf.h"

namespace straddle::testing {

// The same file without one tensor and with another number for one key; empty names change nothing.
std::vector<uint8_t> changed_model(const gguf::File& file, std::string_view drop, std::string_view key,
                                   uint32_t value);

// The same file with a vector more.
std::vector<uint8_t> with_tensor(const gguf::File& file, std::string_view name,
                                 std::span<const float> values);

// The same file, each expert a tensor of its own (NAME.0.weight instead of NAME_exps.weight), as files of 2024
// have them; empty where it has no experts.
std::vector<uint8_t> with_separate_experts(const gguf::File& file);

}  // namespace straddle::testing
