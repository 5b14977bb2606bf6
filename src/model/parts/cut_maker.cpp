#include "model/parts/cut_maker.h"

#include <algorithm>
#include <numeric>

namespace straddle::model {

using enum ops::WeightUse;

CutMaker& CutMaker::add(const TensorRef& tensor, Axis axis, Range range, uint64_t of,
                        ops::WeightUse use) {
  if (!tensor) return *this;
  TensorUse one{.tensor = tensor.tensor,
                .axis = axis,
                .first = range.first,
                .count = range.count,
                .per_unit = range.per_unit,
                .read = read_,
                .of = of,
                .use = use};
  uses_.push_back(one);
  for (const uint32_t other : tensor.others) {
    one.tensor = other;
    uses_.push_back(one);
  }
  const uint64_t block = quant::traits(tensor.format).block_values;
  if (axis == Axis::columns && (range.first % block != 0 || range.per_unit % block != 0)) {
    through_blocks_ = true;
  }
  return *this;
}

CutMaker& CutMaker::all_of(const Linear& linear, Axis axis) {
  return add(linear.weight, axis, {0, 1, 1}, 1, product).add(linear.bias, axis, {0, 1, 1}, 1);
}

CutMaker& CutMaker::table(const TensorRef& tensor) {
  return add(tensor, Axis::whole, {0, 1, 1}, 1, ops::WeightUse::table);
}

CutMaker& CutMaker::rows(const TensorRef& tensor, Range rows, ops::WeightUse use) {
  rows.first += tensor.first_row;
  return add(tensor, Axis::rows, rows, tensor.matrix_rows, use);
}

CutMaker& CutMaker::numbers(const TensorRef& vector, Range numbers) {
  numbers.first += vector.first_column;
  return add(vector, Axis::columns, numbers, vector.all_columns);
}

CutMaker& CutMaker::outputs(const Linear& linear, Range range) {
  return rows(linear.weight, range, product).numbers(linear.bias, range);
}

CutMaker& CutMaker::outputs(const Linear& linear, uint64_t per_unit) {
  return outputs(linear, {0, linear.weight.rows, per_unit});
}

CutMaker& CutMaker::inputs(const Linear& linear, uint64_t per_unit) {
  const uint64_t columns = linear.weight.columns;
  add(linear.weight, Axis::columns, {0, columns, per_unit}, columns, product);
  return whole(linear.bias);
}

CutMaker& CutMaker::matrices(const Linear& linear, uint64_t per_unit) {
  const Range each{0, linear.weight.matrices, per_unit};
  return add(linear.weight, Axis::experts, each, each.count, product).rows(linear.bias, each);
}

Cut CutMaker::by_columns(const TensorRef& joined, uint64_t columns, uint64_t slices) const {
  constexpr uint64_t kSegments = 16;  // the most that a row has
  if (joined.rows * slices > kWidestValue / kSegments) return in_one();
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
      cut.tensors.push_back({.tensor = use.tensor, .read = use.read, .use = use.use});
  }
  return cut;
}

uint64_t heads_per_block(quant::Format format, uint64_t columns) {
  return std::lcm(columns, uint64_t(quant::traits(format).block_values)) / columns;
}

}  // namespace straddle::model
