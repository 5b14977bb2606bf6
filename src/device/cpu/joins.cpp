// Ends products whose columns were cut between devices: the segments of the later ones are added to what
// the first has summed up, one after the other, as one device would have (docs/numbers.md, rule 2).
#include <algorithm>

#include "device/cpu/machine.h"
#include "ops/visit_operands.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// out [rows] from running [rows] and apart [slices][rows]; out may be running.
void join(const float* running, const float* apart, size_t slices, float* out, size_t rows,
          const Finish& finish) {
  if (out != running) std::copy_n(running, rows, out);
  for (size_t s = 0; s < slices; ++s) {
    for (size_t i = 0; i < rows; ++i) out[i] += apart[s * rows + i];
  }
  for (size_t i = 0; i < rows; ++i) out[i] = finish(out[i], i);
}

// Null where no slice is apart.
const float* apart_row(const Task& task, const Value& apart, size_t r) {
  return apart.width > 0 ? task.row(apart, r) : nullptr;
}

// Of expert id; of one that has neither bias nor scale, nothing.
Finish finish_of(const Task& task, const ExpertJoin& op, size_t rows, int32_t id) {
  const float *bias = task.vector(op.bias), *scale = task.vector(op.scale);
  const auto e = size_t(uint32_t(id));
  Finish finish;
  if (bias && e < count(op.bias) / rows) finish.before = bias + e * rows;
  if (scale && e < count(op.scale)) finish.scale = scale[e];
  return finish;
}

}  // namespace

void perform(const Task& task, const Join& op) {
  const Finish finish{op.scale, nullptr, task.vector(op.bias)};
  const size_t rows = op.out.width, slices = op.apart.width / rows;
  const Share s = task.share(task.rows(op.out.rows));
  for (size_t r = s.begin; r < s.end; ++r) {
    join(task.row(op.running, r), apart_row(task, op.apart, r), slices, task.row(op.out, r), rows,
         finish);
  }
}

void perform(const Task& task, const ExpertJoin& op) {
  const size_t used = op.ids.width, rows = op.out.width / used, slices = op.apart.width / op.out.width;
  const Share s = task.share(task.rows(op.out.rows));
  for (size_t r = s.begin; r < s.end; ++r) {
    const float *ids = task.row(op.ids, r), *apart = apart_row(task, op.apart, r);
    for (size_t j = 0; j < used; ++j) {
      join(task.row(op.running, r) + j * rows, apart ? apart + j * slices * rows : nullptr, slices,
           task.row(op.out, r) + j * rows, rows, finish_of(task, op, rows, id_at(ids, j)));
    }
  }
}

}  // namespace straddle::device::cpu
