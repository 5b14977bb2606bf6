// Feed-forward, and its cut: rows of gate and up, the same columns of down.
#include <algorithm>

#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {

ops::Value compute(Builder& b, const FeedForward& part, ops::Value in) {
  const auto up = b.linear(part.up, in);
  if (!part.gate.weight) return b.linear(part.down, b.act(part.act, up));
  const auto gate = b.linear(part.gate, in);
  b.emit(ops::ActGate{part.act, gate, up, gate});
  return b.linear(part.down, gate);
}

FeedForward units_of(const FeedForward& part, uint32_t, Units units, ops::Sum sum) {
  const TensorRef& down = part.down.weight;
  const uint64_t unit = quant::traits(down.format).block_values, first = units.begin * unit,
                 count = std::min(units.end * unit, uint64_t(down.columns)) - first;
  FeedForward out = part;
  out.gate = rows_of(part.gate, first, count);
  out.up = rows_of(part.up, first, count);
  out.down = columns_of(part.down, first, count, sum);
  return out;
}

// A unit is a block of down's columns.
Part as_data(const FeedForward& part) {
  const TensorRef& down = part.down.weight;
  const uint64_t unit = quant::traits(down.format).block_values;
  CutMaker cut;
  cut.outputs(part.gate, unit).outputs(part.up, unit).inputs(part.down, unit);
  return {.kind = PartKind::feed_forward, .cuts = {cut.by_columns(down, unit)}};
}

}  // namespace straddle::model
