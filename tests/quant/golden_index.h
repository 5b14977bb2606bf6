// The list of golden formats: tests/golden/quants/index.tsv.
#pragma once
#include <string>
#include <vector>

#include "quant/quant.h"

namespace straddle::quant {

struct GoldenRow {
  std::string name;
  Format format;
  uint32_t block_values, block_bytes;
  double error_all, error_last;  // relative RMS error on input.f32, on its last 1792 values
  bool weighted;                 // quantized with imatrix.f32
};

std::vector<GoldenRow> golden_rows();

// sqrt(sum((a - ref)^2) / sum(ref^2)) from value `first` on.
double relative_rms(std::span<const float> a, std::span<const float> ref, size_t first = 0);

}  // namespace straddle::quant
