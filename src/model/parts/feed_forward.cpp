// Feed-forward. May be cut by rows of gate and up and the same columns of down.
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

}  // namespace straddle::model
