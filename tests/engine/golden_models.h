// The golden models: their token lists and runs, read from the JSON beside them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/engine.h"

namespace straddle::testing {

struct GoldenRun {
  uint32_t context = 0;
  std::string ref_file, llama_file;
};

struct GoldenModel {
  std::string name, file;
  std::vector<int32_t> tokens;
  std::vector<GoldenRun> runs;
  // What rounding activations to int8 costs by itself, NMSE, in blocks of 32 and of 256 (quant models).
  double int8_x32 = 0, int8_x256 = 0;
};

// Models whose products are in float32, by their place in golden/models: "small/mamba" (in every clone,
// each kind of part), "arch/llama" (larger; which of them are at hand differs).
GoldenModel read_float_model(const std::string& name);
std::vector<std::string> float_models();   // all that are at hand
std::string gtest_name(std::string name);  // letters, digits and _

// golden/models/quant: one model per format; and the one of experts in MXFP4.
std::vector<GoldenModel> read_quant_models();
GoldenModel read_mxfp4_model(const std::string& json_path);

struct Where {
  std::string device;  // reference | cpu
  std::string isa = {};
  uint32_t threads = 0;
  std::string second = {};  // a device beside it, with what the placement gives it
  model::Placement placement = {};
  decltype(engine::LoadOptions::wrap) wrap = {};
};

// Logits of every token, [tokens][vocabulary], fed `chunk` at a time into a float32 KV cache. A failure
// is the test's failure, and empty.
std::vector<float> logits(const GoldenModel& model, const GoldenRun& run, const Where& where,
                          size_t chunk);

bool same_bytes(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace straddle::testing
