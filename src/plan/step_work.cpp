#include "plan/step_work.h"

#include <algorithm>

#include "plan/rates.h"

namespace straddle::plan {
namespace {

void add_weights(const gguf::File& file, const model::Part& part, uint32_t rows, StepWork& work) {
  const model::Cut& cut = part.cuts.front();
  for (const model::TensorUse& use : cut.tensors) {
    const gguf::Tensor& tensor = file.tensors()[use.tensor];
    const model::Piece piece = model::piece(tensor, use, 0, cut.units);
    const double values = double(piece.rows) * double(piece.columns);
    const double share = values / double(std::max<uint64_t>(1, tensor.elements()));
    work.weight_bytes += double(tensor.bytes) * share * read_by(use.read, rows);
    if (tensor.n_dims > 1 && part.kind != model::PartKind::output)
      work.multiply_adds += values * use.read * rows;
  }
}

double kv_bytes(const model::Blueprint& b, const model::Part& part, const StepShape& shape) {
  double bytes = 0;
  for (const uint32_t state : part.states) bytes += double(b.states[state]) * sizeof(float);
  if (part.cache != ops::kNone) {
    const model::CacheShape& cache = b.caches[part.cache];
    const uint32_t all = shape.depth + shape.rows / std::max(1u, shape.sequences);
    const double seen = part.window ? std::min(all, part.window) : all;
    bytes += seen * cache.kv_heads * (double(cache.key_size) + cache.value_size) *
             double(ops::bytes_of(shape.kv));
  }
  return bytes * shape.sequences;
}

}  // namespace

StepWork step_work(const gguf::File& file, const model::Blueprint& b, const StepShape& shape) {
  StepWork work;
  for (const model::Part& part : model::parts(b)) {
    add_weights(file, part, shape.rows, work);
    work.kv_bytes += kv_bytes(b, part, shape);
  }
  return work;
}

}  // namespace straddle::plan
