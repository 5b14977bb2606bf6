#include "model/builder.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace straddle::model {

// A stack: release() gives back what lies above a mark, and the next value lies there again. The peak is
// the scratch that a Step needs per row.
ops::Value Builder::value(uint64_t width, ops::Rows rows) {
  uint32_t& top = top_[size_t(rows)];
  assert(width > 0 && width <= kWidestValue && width <= std::numeric_limits<uint32_t>::max() - top);
  const ops::Value out{top, uint32_t(width), 0, uint32_t(width), rows};
  top += uint32_t(width);
  uint32_t& peak = rows == ops::Rows::all ? program.row_floats : program.wanted_floats;
  peak = std::max(peak, top);
  return out;
}

ops::Weight Builder::on_device(TensorRef tensor) const {
  if (tensor) tensor.buffer = placed.buffers[tensor.buffer];
  return tensor;
}

ops::Value Builder::linear(const Linear& linear, ops::Value in) {
  const auto out = value(uint64_t(linear.weight.rows) * linear.weight.matrices, in.rows);
  emit(ops::MatMul{in, out, on_device(linear.weight), on_device(linear.bias), linear.scale});
  return out;
}

ops::Norm Builder::norm_op(const NormWeights& norm, ops::Value in, ops::Value out) const {
  const auto kind = blueprint.layer_norm ? ops::Norm::Kind::layer : ops::Norm::Kind::rms;
  return {kind, in, out, on_device(norm.weight), on_device(norm.bias), blueprint.eps, norm.group};
}

ops::Value Builder::norm(const NormWeights& norm, ops::Value in) {
  if (norm.group == 0) return in;
  const auto out = value(in.width, in.rows);
  emit(norm_op(norm, in, out));
  return out;
}

void Builder::norm_in_place(const NormWeights& norm, ops::Value value) {
  if (norm.group > 0) emit(norm_op(norm, value, value));
}

ops::Value Builder::act(ops::Activation act, ops::Value value) {
  emit(ops::Act{act, value, value});
  return value;
}

ops::Value Builder::add(ops::Value a, ops::Value b, float scale) {
  emit(ops::Add{.a = a, .b = b, .out = a, .scale = scale});
  return a;
}

// `width` columns from column `first` on of each of `groups` equal groups, without gaps.
ops::Value Builder::copy_groups(ops::Value in, uint32_t groups, uint32_t first, uint32_t width) {
  const auto out = value(uint64_t(groups) * width, in.rows);
  emit(ops::Regroup{.in = in,
                    .out = out,
                    .groups = groups,
                    .width = width,
                    .in_first = first,
                    .in_pitch = in.width / groups,
                    .out_pitch = width});
  return out;
}

void Builder::rope(ops::Value value, uint32_t head_size, uint32_t first, uint32_t rope, bool neox) {
  emit(ops::Rope{value, head_size, blueprint.ropes[rope].rotated, first, neox, rope});
}

}  // namespace straddle::model
