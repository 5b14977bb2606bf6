// Where tests find golden data, and how close two lists of numbers are.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace straddle::testing {

// Path of a golden file: $STRADDLE_GOLDEN, else the folder given to CMake, else the small set that
// the repository carries (tests/golden). Empty where none has it: then skip, and say so.
std::string golden(std::string_view name);

// Path inside the repository.
std::string source(std::string_view name);

// GGUF files in folders of golden data, each folder's by name.
std::vector<std::string> golden_models(std::initializer_list<std::string_view> folders);

std::string read_text(const std::string& path);
std::vector<uint8_t> read_bytes(const std::string& path);
std::vector<float> read_floats(const std::string& path);

// sum((a - ref)^2) / sum((ref - mean(ref))^2); infinite if the sizes differ or a value is not
// finite.
double nmse(std::span<const float> a, std::span<const float> ref);

}  // namespace straddle::testing

// Skips the running test, aloud, where golden data is not at hand.
#define STRADDLE_GOLDEN_OR_SKIP(variable, name)                   \
  const std::string variable = ::straddle::testing::golden(name); \
  if (variable.empty()) GTEST_SKIP() << "no golden data: " << (name)
