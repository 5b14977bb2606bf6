#include "model/builder.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace straddle::model {

Builder::Builder(const Blueprint& b, uint32_t devices, const StepSize& size)
    : blueprint(b), kv_(size.kv), programs_(devices), stacks_(devices) {
  caches_.assign(devices, std::vector<uint32_t>(b.caches.size(), ops::kNone));
  states_.assign(devices, std::vector<uint32_t>(b.states.size(), ops::kNone));
  weights_.resize(devices, std::vector<std::vector<uint32_t>>(b.reads.size()));
  for (DeviceProgram& p : programs_) {
    p.program.max_rows = size.max_rows;
    p.program.max_wanted = size.max_wanted;
  }
}

namespace {

// Of a stage that has no op on the device nothing is left.
void drop_empty(DeviceProgram& p) {
  if (!p.stages.empty() && p.stages.back().first_op == p.program.ops.size()) p.stages.pop_back();
}

}  // namespace

void Builder::begin_stage(PartKind kind, uint32_t layer) {
  layer_ = layer;
  for (DeviceProgram& p : programs_) {
    drop_empty(p);
    p.stages.push_back({uint32_t(p.program.ops.size()), kind, layer});
  }
}

std::vector<DeviceProgram> Builder::take() {
  for (DeviceProgram& p : programs_) drop_empty(p);
  return std::move(programs_);
}

// A stack: release() gives back what lies above a mark, and the next value lies there again. The peak is
// the scratch that a Step needs per row.
ops::Value Builder::value(uint64_t width, ops::Rows rows) {
  uint32_t& top = stacks_[device_].top[size_t(rows)];
  assert(width > 0 && width <= kWidestValue && width <= std::numeric_limits<uint32_t>::max() - top);
  const ops::Value out{top, uint32_t(width), 0, uint32_t(width), rows};
  top += uint32_t(width);
  uint32_t& peak = rows == ops::Rows::all ? program().row_floats : program().wanted_floats;
  peak = std::max(peak, top);
  return out;
}

std::vector<uint32_t> Builder::mark() const {
  std::vector<uint32_t> out;
  for (const Stacks& s : stacks_) out.push_back(s.top[0]);
  return out;
}

void Builder::release(const std::vector<uint32_t>& mark) {
  for (size_t d = 0; d < mark.size(); ++d) stacks_[d].top[0] = mark[d];
}

ops::Weight Builder::weight(const TensorRef& tensor) {
  if (!tensor) return {};
  std::vector<TensorRef>& all = programs_[device_].weights;
  std::vector<uint32_t>& known = weights_[device_][tensor.tensor];
  auto same = std::find_if(known.begin(), known.end(), [&](uint32_t i) { return all[i] == tensor; });
  if (same == known.end()) {
    same = known.insert(known.end(), uint32_t(all.size()));
    all.push_back(tensor);
  }
  const bool cut = tensor.columns < tensor.all_columns;
  const uint64_t segment = cut ? quant::segment_columns(tensor.all_columns) : 0;
  return {*same, tensor.format, tensor.columns, tensor.rows, tensor.matrices, uint32_t(segment)};
}

uint32_t Builder::cache(uint32_t index, uint32_t kv_heads) {
  uint32_t& number = caches_[device_][index];
  std::vector<ops::KvCache>& all = program().caches;
  if (number == ops::kNone) {
    number = uint32_t(all.size());
    const CacheShape& shape = blueprint.caches[index];
    const std::vector<uint32_t> tables = windows(blueprint);
    const auto table = std::find(tables.begin(), tables.end(), shape.window) - tables.begin();
    all.push_back({number, kv_heads, shape.key_size, shape.value_size, kv_, uint32_t(table)});
  }
  assert(all[number].kv_heads == kv_heads);
  return number;
}

ops::State Builder::state(uint32_t index, uint64_t floats) {
  uint32_t& number = states_[device_][index];
  std::vector<ops::State>& all = program().states;
  if (number == ops::kNone) {
    number = uint32_t(all.size());
    all.push_back({number, uint32_t(floats)});
  }
  return all[number];
}

void Builder::linear(const Linear& linear, ops::Value in, ops::Value out) {
  emit(ops::MatMul{in, out, weight(linear.weight), weight(linear.bias), linear.scale, linear.sum});
}

ops::Value Builder::linear(const Linear& linear, ops::Value in) {
  const ops::Weight w = weight(linear.weight);
  const auto out = value(ops::slices(linear.sum, w) * w.rows * w.matrices, in.rows);
  this->linear(linear, in, out);
  return out;
}

ops::Norm Builder::norm_op(const NormWeights& norm, ops::Value in, ops::Value out) {
  const auto kind = blueprint.layer_norm ? ops::Norm::Kind::layer : ops::Norm::Kind::rms;
  return {kind, in, out, weight(norm.weight), weight(norm.bias), blueprint.eps, norm.group};
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

SharedValue Builder::share(ops::Value value) const {
  SharedValue out{std::vector<ops::Value>(programs_.size()), std::vector<bool>(programs_.size())};
  out.on[device_] = value;
  out.valid[device_] = true;
  return out;
}

ops::Value Builder::get(SharedValue& v) {
  ops::Value& here = v.on[device_];
  if (v.valid[device_]) return here;
  const auto from = uint32_t(std::find(v.valid.begin(), v.valid.end(), true) - v.valid.begin());
  assert(from < programs_.size());
  const ops::Value there = v.on[from];
  if (here.width == 0) here = value(there.width, there.rows);
  bring(there, from, here);
  v.valid[device_] = true;
  return here;
}

void Builder::changed(SharedValue& v) const {
  v.valid.assign(v.valid.size(), false);
  v.valid[device_] = true;
}

// The receive stands where it is written: at most one value is on its way from a device that waits for
// another of this one, so two slots never fill up on both sides (ops/ring.h).
void Builder::bring(ops::Value there, uint32_t from, ops::Value into) {
  const auto ring = uint32_t(from * programs_.size() + device_);
  programs_[from].program.ops.push_back(ops::Send{there, ring});
  emit(ops::Receive{into, ring});
}

ops::Value Builder::bring(ops::Value there, uint32_t from) {
  if (from == device_) return there;
  const ops::Value here = value(there.width, there.rows);
  bring(there, from, here);
  return here;
}

// In the order of their columns, so that the sum is that of the whole product; with the last come scale
// and bias.
ops::Value Builder::join(const std::vector<ops::Value>& sums, const Linear& whole) {
  const ops::Value out = sums[0];
  for (size_t i = 1; i < sums.size(); ++i) {
    const bool last = i + 1 == sums.size();
    emit(
        ops::Join{out, sums[i], out, last ? weight(whole.bias) : ops::Weight{}, last ? whole.scale : 1});
  }
  return out;
}

ops::Value Builder::join_experts(const std::vector<ops::Value>& sums, const Linear& whole,
                                 const TensorRef& scale, ops::Value ids) {
  const ops::Value out = sums[0];
  for (size_t i = 1; i < sums.size(); ++i) {
    const bool last = i + 1 == sums.size();
    emit(ops::ExpertJoin{out, sums[i], ids, out, last ? weight(whole.bias) : ops::Weight{},
                         last ? weight(scale) : ops::Weight{}});
  }
  return out;
}

}  // namespace straddle::model
