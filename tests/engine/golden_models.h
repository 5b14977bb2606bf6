// The golden models: their token lists and runs, read from the JSON beside them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace straddle::testing {

struct GoldenRun {
  uint32_t context = 0;
  std::string ref_file, llama_file;
};

struct GoldenModel {
  std::string name, file;
  std::vector<int32_t> tokens;
  std::vector<GoldenRun> runs;
};

// golden/models/arch/NAME.json
GoldenModel read_arch_model(const std::string& name);
std::vector<std::string> arch_names();  // all that are at hand

// golden/models/quant: one model per format.
std::vector<GoldenModel> read_quant_models();

}  // namespace straddle::testing
