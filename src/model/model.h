// gguf::File -> Blueprint -> Program. An architecture describes itself (architectures.cpp: one row;
// describe.cpp reads keys and tensors by it); parts say how they are computed (parts/) and how they may
// be cut (part_list.h); forward walks the parts. After the Blueprint there are no names. Mathematics:
// docs/architectures.md.
//
// Pure: any thread, and nothing is kept of what is passed. A Blueprint and a Program own all that they
// hold; the file may go, but tensors are named by their index in it.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"
#include "model/blueprint.h"
#include "model/part_list.h"
#include "ops/ops.h"

namespace straddle::model {

struct DescribeOptions {
  uint32_t context = 0;  // configured context: decides longrope's factors; 0 = the model's own
  bool header_only = false;
};

// Checks every key and every tensor's shape that the model needs; names what is missing or wrong.
Result<Blueprint> describe(const gguf::File& file, const DescribeOptions& options);

std::vector<std::string_view> architectures();  // names that last for ever

// The Program of the whole model on one device. buffers[tensor] = buffer of each tensor of the file;
// caches and states likewise, made by the loader for Blueprint::caches and ::states.
struct DeviceBuffers {
  std::span<const uint32_t> buffers;  // must live while forward() runs
  std::vector<ops::KvCache> caches;
  std::vector<ops::State> states;
  uint32_t max_rows = 0, max_wanted = 0;
};
ops::Program forward(const Blueprint& blueprint, const DeviceBuffers& placed);

// [positions][rotated / 2][cos, sin]
void rope_angles(const RotaryEmbedding& rope, std::span<const uint32_t> positions, std::span<float> out);
void row_factors(const Blueprint::Temperature& temperature, std::span<const uint32_t> positions,
                 std::span<float> out);

}  // namespace straddle::model
