// The parts of a model as data: the tensors of each, and what a device may get of them. The planner
// counts by this list, the loader loads by it, so that both cannot differ. How a kind of part may be cut
// stands in its file (parts/).
//
// Pure: any thread; what is returned refers to nothing.
#pragma once
#include <cstdint>
#include <vector>

#include "gguf/gguf.h"
#include "model/blueprint.h"

namespace straddle::model {

enum class PartKind : uint8_t { embedding, attention, recurrent, feed_forward, experts, output };

// How a tensor is shared where its part is.
enum class Axis : uint8_t {
  whole,    // not at all: it is at home, or with its part where that is not cut
  copies,   // every device with a share of the part has all of it (norms of heads)
  rows,     // by rows of each of its matrices
  columns,  // by columns of each of its rows; the numbers of a vector are columns
  experts,  // by matrices
};

// What of a tensor belongs to a part. Unit i of the part has `per_unit` rows, columns or experts of it,
// from first + i * per_unit, none past first + count.
struct TensorUse {
  uint32_t tensor = 0;  // index in gguf::File::tensors()
  Axis axis = Axis::whole;
  uint64_t first = 0, count = 1, per_unit = 1;
  double read = 1;  // share of its bytes that one token reads: used / experts; 0 for a table of tokens
  uint64_t of = 1;  // rows, columns or experts that the whole tensor has
  ops::WeightUse use = ops::WeightUse::floats;
};

// A way to share a part: in `units` of equal work. Devices of the planner meet at multiples of `border`
// units, where the sums of a row are joined without changing a byte (numbers.md, rule 2). border ==
// units: nowhere; tests may cut it all the same.
struct Cut {
  uint32_t units = 1, border = 1;
  std::vector<TensorUse> tensors;  // all of the part
  // Heads of the part's cache that belong to a unit. 0: every device with a share has the whole cache.
  uint32_t kv_heads_per_unit = 0;
};

struct Part {
  PartKind kind = PartKind::embedding;
  uint32_t layer = ops::kNone;  // none: embedding, output
  std::vector<Cut> cuts;        // never empty; the first is the finest. One of one unit: stays whole
  // What its attention reads: index into Blueprint::caches. Parts of one cache are cut alike, or stay
  // together.
  uint32_t cache = ops::kNone;
  bool writes_cache = false;     // false: another layer fills it
  uint32_t window = 0;           // how far back it sees; 0: the whole context
  std::vector<uint32_t> states;  // indices into Blueprint::states; cut with the part, in equal shares
};

inline constexpr uint32_t kOutputRows = 256;  // of a unit of the output

// In the order in which a token passes them. Each tensor that the model reads is in it, its bytes once
// in every cut of its part; a table that is input and output stands in both.
std::vector<Part> parts(const Blueprint& blueprint);

// What units begin .. end of a part have of a tensor, as one matrix: `rows` of all its matrices
// together. All of it for Axis::whole and copies.
struct Piece {
  uint64_t rows = 0, columns = 0;
};
Piece piece(const gguf::Tensor& tensor, const TensorUse& use, uint32_t begin, uint32_t end);

}  // namespace straddle::model
