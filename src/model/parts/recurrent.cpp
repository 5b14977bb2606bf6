// Parts that remember a state instead of keys: short convolution, Mamba, gated delta net. A state cannot
// be cut back to an earlier token; over devices it is cut with its channels or heads.
#include <algorithm>
#include <cmath>

#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

ops::Value convolve(Builder& b, ops::Value in, const TensorRef& taps, const TensorRef& bias,
                    uint32_t width, bool silu, uint32_t state) {
  const auto out = b.value(in.width);
  const ops::State kept = b.state(state, uint64_t(in.width) * (width - 1));
  b.emit(ops::Conv{in, out, b.weight(taps), b.weight(bias), width, silu, kept});
  return out;
}

}  // namespace

ops::Value compute(Builder& b, const ShortConvolution& part, ops::Value in) {
  const auto before = b.linear(part.before, in), after = b.linear(part.after, in),
             u = b.linear(part.in, in);
  b.emit(ops::Multiply{before, u, u, {}});
  const auto mixed = convolve(b, u, part.taps, {}, part.width, false, part.state);
  b.emit(ops::Multiply{after, mixed, mixed, {}});
  return b.linear(part.out, mixed);
}

ops::Value compute(Builder& b, const Mamba& part, ops::Value in) {
  const auto both = b.linear(part.in, in);
  const auto z = both.columns(part.inner, part.inner);
  const auto u = convolve(b, both.columns(0, part.inner), part.taps, part.taps_bias, part.width, true,
                          part.conv_state);
  const auto low = b.linear(part.x, u);
  const auto dt_low = low.columns(0, part.rank), first = low.columns(part.rank, part.states),
             second = low.columns(part.rank + part.states, part.states);
  if (part.norms) {
    for (const auto& v : {dt_low, first, second}) b.norm_in_place(NormWeights{{}, {}, v.width}, v);
  }
  const auto dt = b.act(ops::Activation::softplus, b.linear(part.dt, dt_low));
  const auto out = b.value(part.inner);
  b.emit(ops::ScanMamba{u, dt, first, second, out, b.weight(part.a), b.weight(part.d),
                        b.state(part.scan_state, uint64_t(part.inner) * part.states)});
  b.emit(ops::ActGate{ops::Activation::silu, z, out, out});
  return b.linear(part.out, out);
}

namespace {

struct Gates {
  ops::Value beta, decay;
};

Gates delta_gates(Builder& b, const DeltaNet& part, ops::Value in) {
  Gates g;
  if (part.beta_alpha.weight) {  // per key head: the betas of its value heads, then their alphas
    const uint32_t per = part.value_heads / part.key_heads;
    const auto both = b.linear(part.beta_alpha, in);
    g.beta = b.copy_groups(both, part.key_heads, 0, per);
    g.decay = b.copy_groups(both, part.key_heads, per, per);
  } else {
    g.beta = b.linear(part.beta, in);
    g.decay = b.linear(part.alpha, in);
  }
  b.act(ops::Activation::sigmoid, g.beta);
  b.emit(ops::Add{.a = g.decay, .out = g.decay, .by = b.weight(part.dt_bias)});
  b.act(ops::Activation::softplus, g.decay);
  b.emit(ops::Multiply{.a = g.decay, .out = g.decay, .by = b.weight(part.a)});
  b.act(ops::Activation::exp, g.decay);
  return g;
}

void l2_norm(Builder& b, ops::Value value, uint32_t group, float scale) {
  b.emit(ops::Norm{ops::Norm::Kind::l2, value, value, {}, {}, b.blueprint.eps, group});
  if (scale != 1) b.emit(ops::Scale{value, value, scale});
}

}  // namespace

ops::Value compute(Builder& b, const DeltaNet& part, ops::Value in) {
  const auto convolved = [&](ops::Value value, const TensorRef& taps, uint32_t state) {
    return convolve(b, value, taps, {}, part.width, true, state);
  };
  const auto q_in = b.linear(part.q, in), k_in = b.linear(part.k, in), v_in = b.linear(part.v, in);
  const auto q = convolved(q_in, part.q_taps, part.q_state),
             k = convolved(k_in, part.k_taps, part.k_state),
             v = convolved(v_in, part.v_taps, part.v_state);
  const uint32_t n = part.head_size, values = part.value_heads * n;
  l2_norm(b, q, n, float(1 / std::sqrt(double(n))));
  l2_norm(b, k, n, 1);
  const Gates g = delta_gates(b, part, in);
  const auto out = b.value(values);
  b.emit(ops::ScanDelta{q, k, v, g.beta, g.decay, out, part.key_heads, part.value_heads, n,
                        part.interleaved, b.state(part.scan_state, uint64_t(values) * n)});
  b.norm_in_place(part.norm, out);
  b.emit(ops::ActGate{ops::Activation::silu, b.linear(part.gate, in), out, out});
  return b.linear(part.out, out);
}

namespace {

Part recurrent(Cut cut, std::vector<uint32_t> states) {
  return {.kind = PartKind::recurrent, .cuts = {std::move(cut)}, .states = std::move(states)};
}

}  // namespace

ShortConvolution units_of(const ShortConvolution& part, uint32_t, Units units, ops::Sum sum) {
  const uint64_t unit = quant::traits(part.out.weight.format).block_values, first = units.begin * unit,
                 count = std::min(units.end * unit, uint64_t(part.out.weight.columns)) - first;
  ShortConvolution out = part;
  out.before = rows_of(part.before, first, count);
  out.after = rows_of(part.after, first, count);
  out.in = rows_of(part.in, first, count);
  out.taps = rows_of(part.taps, first, count);
  out.out = columns_of(part.out, first, count, sum);
  return out;
}

// By channels: each of the three products has a row for every one.
Part as_data(const ShortConvolution& part) {
  const uint64_t n = part.out.weight.columns, unit = quant::traits(part.out.weight.format).block_values;
  CutMaker cut;
  cut.outputs(part.before, unit).outputs(part.after, unit).outputs(part.in, unit);
  cut.rows(part.taps, {0, n, unit}).inputs(part.out, unit);
  return recurrent(cut.by_columns(part.out.weight, unit), {part.state});
}

// Whole: x sums over all channels for dt, B and C.
Part as_data(const Mamba& part) {
  CutMaker cut;
  cut.whole(part.in).whole(part.taps).whole(part.taps_bias).whole(part.x).whole(part.dt);
  cut.whole(part.a).whole(part.d).whole(part.out);
  return recurrent(cut.in_one(), {part.conv_state, part.scan_state});
}

namespace {

// Key heads of a unit of a DeltaNet, and value heads that read one of them.
struct DeltaHeads {
  uint64_t unit, each;
};

DeltaHeads heads_of(const DeltaNet& part) {
  const uint64_t each = part.value_heads / part.key_heads;
  return {heads_per_block(part.out.weight.format, each * part.head_size), each};
}

}  // namespace

DeltaNet units_of(const DeltaNet& part, uint32_t, Units units, ops::Sum sum) {
  const auto [unit, each] = heads_of(part);
  const uint64_t n = part.head_size, first = units.begin * unit,
                 count = std::min(units.end * unit, uint64_t(part.key_heads)) - first;
  const uint64_t value = first * each, values = count * each;
  DeltaNet out = part;
  out.key_heads = uint32_t(count);
  out.value_heads = uint32_t(values);
  out.q = rows_of(part.q, first * n, count * n);
  out.k = rows_of(part.k, first * n, count * n);
  out.v = rows_of(part.v, value * n, values * n);
  out.q_taps = rows_of(part.q_taps, first * n, count * n);
  out.k_taps = rows_of(part.k_taps, first * n, count * n);
  out.v_taps = rows_of(part.v_taps, value * n, values * n);
  out.gate = rows_of(part.gate, value * n, values * n);
  out.beta = rows_of(part.beta, value, values);
  out.alpha = rows_of(part.alpha, value, values);
  out.beta_alpha = rows_of(part.beta_alpha, 2 * value, 2 * values);
  out.dt_bias = columns_of(part.dt_bias, value, values);
  out.a = columns_of(part.a, value, values);
  out.out = columns_of(part.out, value * n, values * n, sum);
  return out;
}

// By key heads and the value heads that read them. Interleaved, these do not lie side by side: whole.
Part as_data(const DeltaNet& part) {
  const auto [unit, each] = heads_of(part);
  const uint64_t n = part.head_size, keys = part.key_heads * n, values = part.value_heads * n;
  const Range k{0, keys, unit * n}, v{0, values, unit * each * n};
  const Range heads{0, part.value_heads, unit * each};
  CutMaker cut;
  cut.outputs(part.q, k).outputs(part.k, k).outputs(part.v, v);
  cut.rows(part.q_taps, k).rows(part.k_taps, k).rows(part.v_taps, v);
  cut.outputs(part.gate, v).outputs(part.beta_alpha, unit * each * 2);
  cut.outputs(part.beta, heads).outputs(part.alpha, heads);
  cut.numbers(part.dt_bias, heads).numbers(part.a, heads).copies(part.norm);
  cut.inputs(part.out, v.per_unit);
  const bool apart = part.interleaved && each > 1;
  return recurrent(apart ? cut.in_one() : cut.by_columns(part.out.weight, v.per_unit),
                   {part.q_state, part.k_state, part.v_state, part.scan_state});
}

}  // namespace straddle::model
