// Pure: what a model needs, byte by byte, before anything is allocated. No clock, no device, no file is
// read. For now one device holds everything; the split over devices grows from here.
// Any thread; a Needs is plain data that refers to nothing.
#pragma once
#include <cstdint>

#include "base/result.h"
#include "gguf/gguf.h"
#include "model/model.h"
#include "ops/ops.h"

namespace straddle::plan {

struct LoadRequest {
  uint32_t context = 0;    // tokens per sequence
  uint32_t sequences = 1;  // at the same time
  uint32_t max_rows = 256;
  uint32_t max_wanted = 1;
  ops::KvType kv = ops::KvType::f16;
  uint64_t free_bytes = ~uint64_t(0);  // memory that may be taken
};

struct Needs {
  LoadRequest request;
  uint32_t pages = 0;          // KV pages per layer, over all sequences
  uint64_t weight_bytes = 0;   // of what is read, as in the file
  uint64_t kv_bytes = 0;       // for the whole context
  uint64_t state_bytes = 0;    // recurrent states, all slots
  uint64_t scratch_bytes = 0;  // activations of one Step
  uint64_t taken_bytes() const { return kv_bytes + state_bytes + scratch_bytes; }
  uint32_t state_slots() const { return 2 * request.sequences; }  // each with a kept copy
};

// no_memory, with the largest context that fits as hint, where the request does not fit in free_bytes
// beside the weights.
Result<Needs> count_needs(const gguf::File& file, const model::Blueprint& blueprint,
                       const LoadRequest& request);

}  // namespace straddle::plan
