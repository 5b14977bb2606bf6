// A mixture of experts with an optional shared one. Cut by rows of every gate and up and the same
// columns of down, or by experts; the router stays at home.
#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

ops::Value each_expert(Builder& b, const Linear& linear, ops::Value in, ops::Value ids,
                       const TensorRef& scale = {}) {
  const auto out = b.value(uint64_t(linear.weight.rows) * ids.width);
  b.emit(ops::ExpertMatMul{in, ids, out, b.on_device(linear.weight), b.on_device(linear.bias),
                           b.on_device(scale)});
  return out;
}

void add_shared(Builder& b, const Experts& part, ops::Value in, ops::Value sum) {
  if (!part.shared.down.weight) return;
  const auto shared = compute(b, part.shared, in);
  if (part.shared_gate.weight) {
    const auto gate = b.linear(part.shared_gate, in);
    b.emit(ops::ActGate{ops::Activation::sigmoid, gate, shared, shared});
  }
  b.add(sum, shared);
}

}  // namespace

// gate and up read one input, down a slice per expert; what the experts give is weighed in ExpertSum, in
// the order in which the router chose them.
ops::Value compute(Builder& b, const Experts& part, ops::Value in, ops::Value router_in) {
  const auto logits = b.linear(part.router, router_in);
  const auto ids = b.value(part.used), weights = b.value(part.used);
  b.emit(ops::Route{logits, ids, weights, part.gating, b.on_device(part.selection_bias), part.groups,
                    part.groups_used, part.normalise, part.weights_scale});
  const auto gate = each_expert(b, part.gate, in, ids);
  const auto up = each_expert(b, part.up, in, ids);
  if (part.clamped) {
    b.emit(ops::ActGateClamped{gate, up, gate});
  } else {
    b.emit(ops::ActGate{part.act, gate, up, gate});
  }
  const auto down = each_expert(b, part.down, gate, ids, part.down_scale);
  const auto sum = b.value(part.down.weight.rows);
  b.emit(ops::ExpertSum{down, weights, sum});
  add_shared(b, part, in, sum);
  return sum;
}

namespace {

CutMaker router_of(const Experts& part) {
  CutMaker cut;
  cut.whole(part.router).whole(part.router_scale).whole(part.selection_bias);
  return cut.reading(double(part.used) / part.count);
}

// Where one tensor holds gate and up they are ranges of its rows.
Cut by_rows(const Experts& part) {
  const TensorRef& down = part.down.weight;
  const uint64_t unit = quant::traits(down.format).block_values;
  CutMaker cut = router_of(part);
  cut.outputs(part.gate, unit).outputs(part.up, unit).inputs(part.down, unit).whole(part.down_scale);
  return cut.by_columns(down, unit);
}

Cut by_experts(const Experts& part) {
  CutMaker cut = router_of(part);
  cut.matrices(part.gate);
  if (part.up.weight.buffer != part.gate.weight.buffer) cut.matrices(part.up);
  cut.matrices(part.down).numbers(part.down_scale, {0, part.count, 1});
  return cut.by_units(part.count);
}

}  // namespace

Part as_data(const Experts& part) {
  return {.kind = PartKind::experts, .cuts = {by_rows(part), by_experts(part)}};
}

}  // namespace straddle::model
