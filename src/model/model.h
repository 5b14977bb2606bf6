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
#include "model/tensor_ref.h"
#include "ops/ops.h"

namespace straddle::model {

struct DescribeOptions {
  uint32_t context = 0;  // configured context: decides longrope's factors; 0 = the model's own
  bool header_only = false;
};

// Checks every key and every tensor's shape that the model needs; names what is missing or wrong.
Result<Blueprint> describe(const gguf::File& file, const DescribeOptions& options);

std::vector<std::string_view> architectures();  // names that last for ever

// Units of a part's cut that each device computes (part_list.h): devices 1, 2 ... have the first ones,
// in order, home (0) the last. A part of which one device has all units is whole: what stands around it
// (norms, the sum with what came before) goes with it, else that stays at home.
struct PartPlace {
  uint32_t cut = 0;             // index into Part::cuts
  std::vector<uint32_t> units;  // by device; together all of the cut
  bool operator==(const PartPlace&) const = default;
};

// Where each part is, in the order of parts(). Plain data. Empty: all at home.
using Placement = std::vector<PartPlace>;

struct StepSize {
  uint32_t max_rows = 0, max_wanted = 0;
  ops::KvType kv = ops::KvType::f16;
};

// To which part ops belong: from first_op on, up to the next of these.
struct StageOps {
  uint32_t first_op = 0;
  PartKind kind = PartKind::embedding;
  uint32_t layer = ops::kNone;  // none: embedding, output
  bool operator==(const StageOps&) const = default;
};

// What one device holds of a model, and what it computes in a Step. The Program numbers what it uses
// from 0 as it lies in these lists: Weight::buffer in `weights`, KvCache::cache and State::state in
// program.caches and .states. A device that is given them in this order numbers them alike.
struct DeviceProgram {
  std::vector<TensorRef> weights;
  ops::Program program;
  std::vector<StageOps> stages;  // in order; none where it computes nothing
};

// A Program for each of `devices` devices; home's has the result. Between them values cross on rings:
// Send and Receive name ring from * devices + to. What is held depends on the placement only, not on the
// size of the Step. REQUIRES: the placement is of parts() of this Blueprint; parts of one cache are cut
// alike.
std::vector<DeviceProgram> forward(const Blueprint& blueprint, const Placement& placement,
                                   uint32_t devices, const StepSize& size);

// Layers of one window share a page table (KvCache::table): the window of each table, 0 for the whole
// context.
std::vector<uint32_t> windows(const Blueprint& blueprint);

// [positions][rotated / 2][cos, sin]
void rope_angles(const RotaryEmbedding& rope, std::span<const uint32_t> positions, std::span<float> out);
void row_factors(const Blueprint::Temperature& temperature, std::span<const uint32_t> positions,
                 std::span<float> out);

}  // namespace straddle::model
