#include "model/parts/cut_maker.h"

#include <algorithm>
#include <numeric>

namespace straddle::model {

CutMaker& CutMaker::add(const TensorRows& tensor, Axis axis, Range range, uint64_t of) {
  if (!tensor) return *this;
  uses_.push_back({tensor.buffer, axis, range.first, range.count, range.per_unit, read_, of});
  const uint64_t block = quant::traits(tensor.format).block_values;
  if (axis == Axis::columns && (range.first % block != 0 || range.per_unit % block != 0)) {
    through_blocks_ = true;
  }
  return *this;
}

CutMaker& CutMaker::all_of(const TensorRows& tensor, Axis axis) {
  return add(tensor, axis, {0, 1, 1}, 1);
}

CutMaker& CutMaker::rows(const TensorRows& tensor, Range rows) {
  rows.first += tensor.first_row;
  return add(tensor, Axis::rows, rows, tensor.matrix_rows);
}

CutMaker& CutMaker::numbers(const TensorRows& vector, Range numbers) {
  return add(vector, Axis::columns, numbers, vector.columns);
}

CutMaker& CutMaker::outputs(const Linear& linear, Range range) {
  return rows(linear.weight, range).numbers(linear.bias, range);
}

CutMaker& CutMaker::outputs(const Linear& linear, uint64_t per_unit) {
  return outputs(linear, {0, linear.weight.rows, per_unit});
}

CutMaker& CutMaker::inputs(const Linear& linear, uint64_t per_unit) {
  return numbers(linear.weight, {0, linear.weight.columns, per_unit}).whole(linear.bias);
}

CutMaker& CutMaker::matrices(const Linear& linear, uint64_t per_unit) {
  const Range each{0, linear.weight.matrices, per_unit};
  return add(linear.weight, Axis::experts, each, each.count).rows(linear.bias, each);
}

Cut CutMaker::by_columns(const TensorRows& joined, uint64_t columns) const {
  Cut cut = by_units((joined.columns + columns - 1) / columns);
  const uint64_t step = std::lcm(quant::segment_columns(joined.columns), columns) / columns;
  cut.border = uint32_t(std::min<uint64_t>(step, cut.units));
  return cut;
}

Cut CutMaker::by_units(uint64_t units) const {
  if (through_blocks_ || units <= 1) return in_one();
  return {.units = uint32_t(units), .tensors = uses_};
}

// Ranges of one tensor become one again.
Cut CutMaker::in_one() const {
  Cut cut;
  for (const TensorUse& use : uses_) {
    const auto same = [&](const TensorUse& other) { return other.tensor == use.tensor; };
    if (std::none_of(cut.tensors.begin(), cut.tensors.end(), same))
      cut.tensors.push_back({.tensor = use.tensor, .read = use.read});
  }
  return cut;
}

uint64_t heads_per_block(quant::Format format, uint64_t columns) {
  return std::lcm(columns, uint64_t(quant::traits(format).block_values)) / columns;
}

}  // namespace straddle::model
