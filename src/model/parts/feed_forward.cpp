// Feed-forward, and its cut: rows of gate and up, the same columns of down.
#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {

ops::Value compute(Builder& b, const FeedForward& part, ops::Value in) {
  const auto up = b.linear(part.up, in);
  if (part.fused) {
    const uint32_t half = up.width / 2;
    const auto out = up.columns(0, half);
    b.emit(ops::ActGate{part.act, out, up.columns(half, half), out});
    return b.linear(part.down, out);
  }
  if (!part.gate.weight) return b.linear(part.down, b.act(part.act, up));
  const auto gate = b.linear(part.gate, in);
  b.emit(ops::ActGate{part.act, gate, up, gate});
  return b.linear(part.down, gate);
}

// A unit is a block of down's columns. Fused, gate and up are ranges of one tensor.
Part as_data(const FeedForward& part) {
  const TensorRef& down = part.down.weight;
  const uint64_t unit = quant::traits(down.format).block_values;
  CutMaker cut;
  cut.outputs(part.gate, unit).outputs(part.up, {0, down.columns, unit});
  if (part.fused) cut.outputs(part.up, {down.columns, down.columns, unit});
  cut.inputs(part.down, unit);
  return {.kind = PartKind::feed_forward, .cuts = {cut.by_columns(down, unit)}};
}

}  // namespace straddle::model
