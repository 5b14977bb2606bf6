// RWKV-7: time mixing and channel mixing. Both read the whole previous row. Whole for now: the heads of
// time mixing read values of layer 0, so that all layers would have to be cut alike.
#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

// previous row - this row.
ops::Value difference(Builder& b, ops::Value in, uint32_t state) {
  const auto out = b.value(in.width);
  b.emit(ops::Shift{in, out, b.state(state, in.width)});
  return b.add(out, in, -1);
}

// in + difference * row j of lerp.
ops::Value lerp(Builder& b, ops::Value in, ops::Value difference, const TensorRef& lerp, uint32_t j) {
  const auto out = b.value(in.width);
  b.emit(ops::Multiply{.a = difference, .out = out, .by = b.weight(rows_of(lerp, j, 1))});
  return b.add(out, in);
}

ops::Value times(Builder& b, ops::Value a, const TensorRef& by) {
  const auto out = b.value(a.width);
  b.emit(ops::Multiply{.a = a, .out = out, .by = b.weight(by)});
  return out;
}

// second(act(first(in))) + bias
ops::Value low_rank(Builder& b, const Linear& first, const Linear& second, const TensorRef& bias,
                    ops::Value in) {
  const auto out = b.linear(second, b.linear(first, in));
  if (bias) b.emit(ops::Add{.a = out, .out = out, .by = b.weight(bias)});
  return out;
}

// values += (first - values) * sigmoid(...)
void mix_values(Builder& b, const RwkvTime& part, ops::Value v, ops::Value first, ops::Value in) {
  const auto share = b.act(ops::Activation::sigmoid, low_rank(b, part.v1, part.v2, part.v0, in));
  const auto change = b.value(v.width);
  b.emit(ops::Add{.a = first, .b = v, .out = change, .scale = -1});
  b.emit(ops::Multiply{change, share, change, {}});
  b.add(v, change);
}

// k += k * k_a * (a - 1)
void shape_keys(Builder& b, const RwkvTime& part, ops::Value k, ops::Value a) {
  const auto weighted = times(b, k, part.k_a);
  const auto product = b.value(k.width);
  b.emit(ops::Multiply{weighted, a, product, {}});
  b.add(b.add(k, product), weighted, -1);
}

ops::Value removal_keys(Builder& b, const RwkvTime& part, ops::Value k) {
  const auto kk = times(b, k, part.k_k);
  b.emit(ops::Norm{ops::Norm::Kind::l2, kk, kk, {}, {}, 1e-24f, part.head_size});
  return kk;
}

}  // namespace

ops::Value compute(Builder& b, const RwkvTime& part, ops::Value in, ops::Value first) {
  const auto change = difference(b, in, part.shift_state);
  const auto mixed = [&](uint32_t j) {
    return lerp(b, in, change, part.lerp, j);
  };  // order r, w, k, v, a, g
  const auto r = b.linear(part.receptance, mixed(0));
  const auto w_low = b.act(ops::Activation::tanh, b.linear(part.w1, mixed(1)));
  const auto w = b.linear(part.w2, w_low);
  b.emit(ops::Add{.a = w, .out = w, .by = b.weight(part.w0)});
  b.act(ops::Activation::decay, w);
  const auto k = b.linear(part.key, mixed(2));
  const auto v_in = mixed(3);
  const auto v = b.linear(part.value, v_in);
  if (part.first) {
    b.emit(ops::Scale{v, first, 1});
  } else {
    mix_values(b, part, v, first, v_in);
  }
  const auto a = b.act(ops::Activation::sigmoid, low_rank(b, part.a1, part.a2, part.a0, mixed(4)));
  const auto g = b.linear(part.g2, b.act(ops::Activation::sigmoid, b.linear(part.g1, mixed(5))));
  const auto kk = removal_keys(b, part, k);
  shape_keys(b, part, k, a);
  const auto out = b.value(in.width);
  b.emit(ops::ScanRwkv{r, w, k, v, kk, a, out, part.head_size,
                       b.state(part.scan_state, uint64_t(in.width) * part.head_size)});
  b.emit(ops::Norm{ops::Norm::Kind::layer, out, out, b.weight(part.norm.weight),
                   b.weight(part.norm.bias), 64e-5f, part.head_size});
  b.emit(ops::AddGroupDot{k, times(b, r, part.r_k), v, out, part.head_size});
  b.emit(ops::Multiply{out, g, out, {}});
  return b.linear(part.out, out);
}

ops::Value compute(Builder& b, const RwkvChannel& part, ops::Value in) {
  const auto change = difference(b, in, part.shift_state);
  const auto key = b.act(ops::Activation::relu2, b.linear(part.key, lerp(b, in, change, part.lerp, 0)));
  return b.linear(part.value, key);
}

Part as_data(const RwkvTime& part) {
  CutMaker cut;
  for (const Linear& linear : {part.receptance, part.key, part.value, part.out, part.w1, part.w2,
                               part.v1, part.v2, part.a1, part.a2, part.g1, part.g2}) {
    cut.whole(linear);
  }
  for (const TensorRef& t : {part.lerp, part.w0, part.v0, part.a0, part.k_k, part.k_a, part.r_k}) {
    cut.whole(t);
  }
  cut.whole(part.norm);
  return {.kind = PartKind::recurrent,
          .cuts = {cut.in_one()},
          .states = {part.shift_state, part.scan_state}};
}

Part as_data(const RwkvChannel& part) {
  CutMaker cut;
  cut.whole(part.key).whole(part.value).whole(part.lerp);
  return {.kind = PartKind::feed_forward, .cuts = {cut.in_one()}, .states = {part.shift_state}};
}

}  // namespace straddle::model
