#include "plan/step_work.h"

#include <algorithm>

#include "plan/rates.h"

namespace straddle::plan {
namespace {

// What a device has of a part: units of one of its cuts, and whether it is all of them.
struct Some {
  const model::Part& part;
  const model::Cut& cut;
  uint32_t begin, end;
  bool home;
  bool all() const { return end - begin == cut.units; }
  double share() const { return double(end - begin) / cut.units; }
};

// What is not cut is at home where several have a share of the part.
bool has(const Some& some, const model::TensorUse& use) {
  return use.axis != model::Axis::whole || some.all() || some.home;
}

void add_weights(const gguf::File& file, const Some& some, uint32_t rows, StepWork& work) {
  for (const model::TensorUse& use : some.cut.tensors) {
    if (!has(some, use)) continue;
    const gguf::Tensor& tensor = file.tensors()[use.tensor];
    const model::Piece piece = model::piece(tensor, use, some.begin, some.end);
    const double values = double(piece.rows) * double(piece.columns);
    const double share = values / double(std::max<uint64_t>(1, tensor.elements()));
    work.weight_bytes += double(tensor.bytes) * share * read_by(use.read, rows);
    if (tensor.n_dims > 1 && some.part.kind != model::PartKind::output)
      work.multiply_adds += values * use.read * rows;
  }
}

// A cache that is not cut by heads is whole on every device with a share.
double kv_heads(const Some& some, uint32_t all) {
  const uint64_t each = some.cut.kv_heads_per_unit;
  if (each == 0) return all;
  return double(std::min(each * some.end, uint64_t(all)) - std::min(each * some.begin, uint64_t(all)));
}

double kv_bytes(const model::Blueprint& b, const Some& some, const StepShape& shape) {
  const model::Part& part = some.part;
  double bytes = 0;
  for (const uint32_t state : part.states)
    bytes += double(b.states[state]) * sizeof(float) * some.share();
  if (part.cache != ops::kNone) {
    const model::CacheShape& cache = b.caches[part.cache];
    const uint32_t all = shape.depth + shape.rows / std::max(1u, shape.sequences);
    const double seen = part.window ? std::min(all, part.window) : all;
    bytes += seen * kv_heads(some, cache.kv_heads) * (double(cache.key_size) + cache.value_size) *
             double(ops::bytes_of(shape.kv));
  }
  return bytes * shape.sequences;
}

}  // namespace

std::vector<StepWork> step_work(const gguf::File& file, const model::Blueprint& b,
                                const StepShape& shape, const model::Placement& placement,
                                uint32_t devices) {
  std::vector<StepWork> work(devices);
  const auto parts = model::parts(b);
  for (size_t i = 0; i < parts.size(); ++i) {
    const model::Cut& cut = parts[i].cuts[placement.empty() ? 0 : placement[i].cut];
    for (uint32_t d = 0, end = 0; d < devices; ++d) {
      const uint32_t device = (d + 1) % devices;  // home has the last units
      const uint32_t begin = end;
      end += placement.empty() ? (device == 0 ? cut.units : 0) : placement[i].units[device];
      if (begin == end) continue;
      const Some some{parts[i], cut, begin, end, device == 0};
      add_weights(file, some, shape.rows, work[device]);
      work[device].kv_bytes += kv_bytes(b, some, shape);
    }
  }
  return work;
}

StepWork step_work(const gguf::File& file, const model::Blueprint& b, const StepShape& shape) {
  return step_work(file, b, shape, {}, 1).front();
}

}  // namespace straddle::plan
