// Pure: what a Step reads and multiplies, counted from the parts of the model as plans are. Any thread.
#pragma once
#include <cstdint>
#include <vector>

#include "gguf/gguf.h"
#include "model/model.h"
#include "ops/ops.h"

namespace straddle::plan {

struct StepShape {
  uint32_t rows = 1;       // of all sequences together
  uint32_t sequences = 1;  // each with as many rows
  uint32_t depth = 0;      // tokens of each sequence before the Step
  ops::KvType kv = ops::KvType::f16;
};

struct StepWork {
  // As in the file. Of n rows that choose `used` of `count` experts each by itself, 1 - (1 - used /
  // count)^n are read; of a table of tokens, nothing that counts.
  double weight_bytes = 0;
  double kv_bytes =
      0;  // keys and values that attention sees, and recurrent states; each once a sequence
  // Of matrices with rows, for all rows; without the output matrix, which few rows meet.
  double multiply_adds = 0;
  double bytes() const { return weight_bytes + kv_bytes; }
};

// Of a device that has all of the model.
StepWork step_work(const gguf::File& file, const model::Blueprint& blueprint, const StepShape& shape);
// Of each of `devices` devices, home first, among which its parts are placed.
std::vector<StepWork> step_work(const gguf::File& file, const model::Blueprint& blueprint,
                                const StepShape& shape, const model::Placement& placement,
                                uint32_t devices);

}  // namespace straddle::plan
