// A mixture of experts with an optional shared one. Cut by rows of every gate and up and the same
// columns of down, or by experts; the router stays at home.
#include <algorithm>

#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

ops::Value each_expert(Builder& b, const Linear& linear, uint32_t first, ops::Value in, ops::Value ids,
                       const TensorRef& scale = {}) {
  const ops::Weight w = b.weight(linear.weight);
  const auto out = b.value(ops::slices(linear.sum, w) * w.rows * ids.width);
  b.emit(ops::ExpertMatMul{in, ids, out, w, b.weight(linear.bias), b.weight(scale), first, linear.sum});
  return out;
}

}  // namespace

Routed route(Builder& b, const Experts& part, ops::Value in) {
  const auto logits = b.linear(part.router, in);
  const Routed out{b.value(part.used), b.value(part.used)};
  b.emit(ops::Route{logits, out.ids, out.weights, part.gating, b.weight(part.selection_bias),
                    part.groups, part.groups_used, part.normalise, part.weights_scale});
  return out;
}

// gate and up read one input, down a slice per expert.
ops::Value compute(Builder& b, const Experts& part, ops::Value in, ops::Value ids) {
  const auto gate = each_expert(b, part.gate, part.first, in, ids);
  const auto up = each_expert(b, part.up, part.first, in, ids);
  if (part.clamped) {
    b.emit(ops::ActGateClamped{gate, up, gate});
  } else {
    b.emit(ops::ActGate{part.act, gate, up, gate});
  }
  return each_expert(b, part.down, part.first, gate, ids, part.down_scale);
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
  return cut.by_columns(down, unit, part.used);
}

Cut by_experts(const Experts& part) {
  CutMaker cut = router_of(part);
  cut.matrices(part.gate);
  if (part.up.weight.tensor != part.gate.weight.tensor) cut.matrices(part.up);
  cut.matrices(part.down).numbers(part.down_scale, {0, part.count, 1});
  return cut.by_units(part.count);
}

}  // namespace

Experts units_of(const Experts& part, uint32_t cut, Units units, ops::Sum sum) {
  Experts out = part;
  if (cut == kByExperts) {
    const uint32_t count = units.end - units.begin;
    out.first = part.first + units.begin;
    out.gate = matrices_of(part.gate, units.begin, count);
    out.up = matrices_of(part.up, units.begin, count);
    out.down = matrices_of(part.down, units.begin, count);
    out.down_scale = columns_of(part.down_scale, units.begin, count);
    return out;
  }
  const uint64_t unit = quant::traits(part.down.weight.format).block_values;
  const uint64_t first = units.begin * unit,
                 count = std::min(units.end * unit, uint64_t(part.down.weight.columns)) - first;
  out.gate = rows_of(part.gate, first, count);
  out.up = rows_of(part.up, first, count);
  out.down = columns_of(part.down, first, count, sum);
  if (sum != ops::Sum::finished) out.down_scale = {};
  return out;
}

// Experts that are tensors of their own are cut by rows only.
Part as_data(const Experts& part) {
  Part out{.kind = PartKind::experts, .cuts = {by_rows(part)}};
  if (part.down.weight.others.empty()) out.cuts.push_back(by_experts(part));
  return out;
}

}  // namespace straddle::model
