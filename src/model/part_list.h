// The parts of a model as data: the tensors of each, and what a device may get of them. The planner
// counts by this list, the loader loads by it, so that both cannot differ.
#pragma once
#include <cstdint>
#include <vector>

#include "model/blueprint.h"

namespace straddle::model {

enum class PartKind : uint8_t { embedding, attention, recurrent, feed_forward, experts, output };

// How a tensor is shared where its part is.
enum class Axis : uint8_t {
  whole,    // not at all: it is at home, or with its part where that is not cut
  copies,   // every device with a share of the part has all of it (norms of heads)
  rows,     // by outputs: of each of its matrices
  columns,  // by inputs: of each of its matrices; the products are joined
  experts,  // by matrices
};

// What of a tensor belongs to a part. Unit i of the part has `per_unit` rows, columns or experts of it,
// from first + i * per_unit, none past first + count.
struct TensorUse {
  uint32_t tensor = 0;  // index in gguf::File::tensors()
  Axis axis = Axis::whole;
  uint64_t first = 0, count = 1, per_unit = 1;
  double read = 1;  // share of its bytes that one token reads: used / experts; 0 for a table of tokens
};

// A way to share a part: in `units` of equal work. Devices of the planner meet at multiples of `border`
// units, where the sums of a row are joined without changing a byte (numbers.md, rule 2).
struct Cut {
  uint32_t units = 1, border = 1;
  std::vector<TensorUse> tensors;  // all of the part
};

struct Part {
  PartKind kind = PartKind::embedding;
  uint32_t layer = ops::kNone;   // none: embedding, output
  std::vector<Cut> cuts;         // never empty; the first is the finest. One of one unit: stays whole
  uint32_t cache = ops::kNone;   // what its attention reads: index into Blueprint::caches
  bool writes_cache = false;     // false: another layer fills it
  uint32_t window = 0;           // how far back it sees; 0: the whole context
  std::vector<uint32_t> states;  // indices into Blueprint::states
};

// In the order in which a token passes them. Each tensor that the model reads is in it, its bytes once;
// a table that is input and output stands in both, as in the file.
std::vector<Part> parts(const gguf::File& file, const Blueprint& blueprint);

}  // namespace straddle::model
