// A model file with one lie in it.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "gguf/gguf.h"

namespace straddle::testing {

// The same file without one tensor and with another number for one key; empty names change nothing.
std::vector<uint8_t> changed_model(const gguf::File& file, std::string_view drop, std::string_view key,
                                   uint32_t value);

}  // namespace straddle::testing
