// Parts that remember a state instead of keys: short convolution, Mamba, gated delta net. A state cannot
// be cut back to an earlier token; over devices it is cut with its channels or heads.
#include <cmath>

#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

ops::Value convolve(Builder& b, ops::Value in, const TensorRef& taps, const TensorRef& bias,
                    uint32_t width, bool silu, uint32_t state) {
  const auto out = b.value(in.width);
  b.emit(ops::Conv{in, out, b.on_device(taps), b.on_device(bias), width, silu, b.placed.states[state]});
  return out;
}

}  // namespace

ops::Value compute(Builder& b, const ShortConvolution& part, ops::Value in) {
  const auto bcu = b.linear(part.in, in);
  const uint32_t n = bcu.width / 3;
  const auto gate = bcu.columns(0, n), after = bcu.columns(n, n), u = bcu.columns(2 * n, n);
  b.emit(ops::Multiply{gate, u, u, {}});
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
  b.emit(ops::ScanMamba{u, dt, first, second, out, b.on_device(part.a), b.on_device(part.d),
                        b.placed.states[part.scan_state]});
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
  b.emit(ops::Add{.a = g.decay, .out = g.decay, .by = b.on_device(part.dt_bias)});
  b.act(ops::Activation::softplus, g.decay);
  b.emit(ops::Multiply{.a = g.decay, .out = g.decay, .by = b.on_device(part.a)});
  b.act(ops::Activation::exp, g.decay);
  return g;
}

void l2_norm(Builder& b, ops::Value value, uint32_t group, float scale) {
  b.emit(ops::Norm{ops::Norm::Kind::l2, value, value, {}, {}, b.blueprint.eps, group});
  if (scale != 1) b.emit(ops::Scale{value, value, scale});
}

}  // namespace

ops::Value compute(Builder& b, const DeltaNet& part, ops::Value in) {
  const auto qkv = convolve(b, b.linear(part.qkv, in), part.taps, {}, part.width, true, part.conv_state);
  const uint32_t n = part.head_size, keys = part.key_heads * n, values = part.value_heads * n;
  const auto q = qkv.columns(0, keys), k = qkv.columns(keys, keys), v = qkv.columns(2 * keys, values);
  l2_norm(b, q, n, float(1 / std::sqrt(double(n))));
  l2_norm(b, k, n, 1);
  const Gates g = delta_gates(b, part, in);
  const auto out = b.value(values);
  b.emit(ops::ScanDelta{q, k, v, g.beta, g.decay, out, part.key_heads, part.value_heads, n,
                        part.interleaved, b.placed.states[part.scan_state]});
  b.norm_in_place(part.norm, out);
  b.emit(ops::ActGate{ops::Activation::silu, b.linear(part.gate, in), out, out});
  return b.linear(part.out, out);
}

namespace {

Part recurrent(Cut cut, std::vector<uint32_t> states) {
  return {.kind = PartKind::recurrent, .cuts = {std::move(cut)}, .states = std::move(states)};
}

}  // namespace

// By channels: each of the three thirds of `in` has a row for every one.
Part as_data(const ShortConvolution& part) {
  const uint64_t n = part.out.weight.columns, unit = quant::traits(part.out.weight.format).block_values;
  CutMaker cut;
  for (const uint64_t third : {0, 1, 2}) cut.outputs(part.in, {third * n, n, unit});
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

// By key heads and the value heads that read them. Interleaved, these do not lie side by side: whole.
Part as_data(const DeltaNet& part) {
  const uint64_t n = part.head_size, each = part.value_heads / part.key_heads;
  const uint64_t unit = heads_per_block(part.out.weight.format, each * n);
  const uint64_t keys = part.key_heads * n, values = part.value_heads * n;
  const Range q{0, keys, unit * n}, k{keys, keys, unit * n}, v{2 * keys, values, unit * each * n};
  const Range heads{0, part.value_heads, unit * each};
  CutMaker cut;
  for (const Range& range : {q, k, v}) cut.outputs(part.qkv, range).rows(part.taps, range);
  cut.outputs(part.gate, {0, values, v.per_unit}).outputs(part.beta_alpha, unit * each * 2);
  cut.outputs(part.beta, heads).outputs(part.alpha, heads);
  cut.numbers(part.dt_bias, heads).numbers(part.a, heads).copies(part.norm);
  cut.inputs(part.out, v.per_unit);
  const bool apart = part.interleaved && each > 1;
  return recurrent(apart ? cut.in_one() : cut.by_columns(part.out.weight, v.per_unit),
                   {part.conv_state, part.scan_state});
}

}  // namespace straddle::model
