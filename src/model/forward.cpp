// The way of a token through the model: embedding, layers, logits. Each part is computed by the devices
// that have a share of it, and joined where it stands.
#include <algorithm>
#include <cmath>

#include "model/placed_parts.h"

namespace straddle::model {
namespace {

// What goes from layer to layer.
struct Stream {
  SharedValue x;       // the residual stream
  SharedValue inputs;  // gemma4's per-layer inputs, [layers * input_width]
  SharedValue first;   // rwkv: values of layer 0
};

// A value of one device.
struct Computed {
  ops::Value value;
  uint32_t device;
};

// x += scale * change, where the change is.
void add_to_stream(Builder& b, SharedValue& x, const Computed& change, float scale = 1) {
  b.on(change.device);
  b.add(b.get(x), change.value, scale);
  b.changed(x);
}

void norm_stream(Builder& b, const NormWeights& norm, SharedValue& x) {
  if (norm.group == 0) return;
  b.norm_in_place(norm, b.get(x));
  b.changed(x);
}

void embed(Builder& b, Stream& s) {
  const Blueprint& m = b.blueprint;
  using By = ops::Embed::By;
  const ops::Value x = b.get(s.x);
  b.emit(ops::Embed{b.weight(m.token_table), x, By::token, m.embedding_scale, false});
  if (m.position_table) b.emit(ops::Embed{b.weight(m.position_table), x, By::position, 1, true});
  if (m.type_table) b.emit(ops::Embed{b.weight(m.type_table), x, By::first, 1, true});
  b.norm_in_place(m.embedding_norm, x);
}

void layer_inputs(Builder& b, Stream& s) {
  const Blueprint& m = b.blueprint;
  const float root = std::sqrt(float(m.input_width)), half = float(1 / std::sqrt(2.0));
  const ops::Value inputs = b.get(s.inputs);
  b.emit(ops::Embed{b.weight(m.input_table), inputs, ops::Embed::By::token, root, false});
  const auto projected = b.linear(m.input_proj, b.get(s.x));
  b.norm_in_place(m.input_norm, projected);
  b.add(inputs, projected);
  b.emit(ops::Scale{inputs, inputs, half});
}

template <class... Parts>
bool is_one_of(const Mixer& mixer) {
  return (std::holds_alternative<Parts>(mixer) || ...);
}

PartKind kind_of(const Mixer& mixer) {
  return is_one_of<Attention, LatentAttention>(mixer) ? PartKind::attention : PartKind::recurrent;
}

PartKind kind_of(const Feed& feed) {
  return std::holds_alternative<Experts>(feed) ? PartKind::experts : PartKind::feed_forward;
}

// The mixer of a layer: RwkvTime alone touches values of layer 0 beside its input.
struct MixTokens {
  Builder& b;
  const Place& place;
  SharedValue& in;
  SharedValue& first;
  ops::Value operator()(const RwkvTime& part) const {
    b.on(place.device());
    if (part.first) b.changed(first);  // it is about to be
    return compute(b, part, b.get(in), b.get(first));
  }
  template <class Part>
  ops::Value operator()(const Part& part) const {
    return compute_at(b, place, part, in);
  }
};

// ---- feed-forward, where its first part is

// Adds what another part gave to `sum`, where that is.
void add_here(Builder& b, const Computed& sum, const Computed& other) {
  b.on(sum.device);
  b.add(sum.value, b.bring(other.value, other.device));
}

Computed shared_expert(Builder& b, const Experts& part, const Place& place, SharedValue& in) {
  b.begin_stage(PartKind::feed_forward);
  const auto out = compute_at(b, place, part.shared, in);
  if (part.shared_gate.weight) {
    const auto gate = b.linear(part.shared_gate, b.get(in));
    b.emit(ops::ActGate{ops::Activation::sigmoid, gate, out, out});
  }
  return {out, place.device()};
}

// What the experts give is weighed in ExpertSum, in the order in which the router chose them. router_in
// is of place.device().
Computed experts(Builder& b, const Experts& part, const Place& place, SharedValue& in,
                 ops::Value router_in, Places& places) {
  b.on(place.device());
  const Routed routed = route(b, part, router_in);
  SharedValue ids = b.share(routed.ids);
  const auto each = compute_at(b, place, part, in, ids);
  const Computed sum{b.value(part.down.weight.rows), place.device()};
  b.emit(ops::ExpertSum{each, routed.weights, sum.value});
  if (part.shared.down.weight) add_here(b, sum, shared_expert(b, part, places.next(), in));
  b.on(place.device());
  return sum;
}

// Dense and sparse branch of gemma4; the router reads the residual stream through a norm of its own.
Computed dense_and_experts(Builder& b, const DenseAndExperts& part, const Place& place, SharedValue& in,
                           SharedValue& x, Places& places) {
  const Computed dense{compute_at(b, place, part.dense, in), place.device()};
  b.norm_in_place(part.dense_after, dense.value);
  const Place sparse_place = places.next();
  b.begin_stage(PartKind::experts);
  b.on(sparse_place.device());
  const ops::Value stream = b.get(x);
  const auto router_in = b.norm(NormWeights{part.experts.router_scale, {}, stream.width}, stream);
  b.emit(ops::Scale{router_in, router_in, float(1 / std::sqrt(double(stream.width)))});
  SharedValue sparse_in = b.share(b.norm(part.experts_before, stream));
  const Computed sparse = experts(b, part.experts, sparse_place, sparse_in, router_in, places);
  b.norm_in_place(part.experts_after, sparse.value);
  add_here(b, dense, sparse);
  return dense;
}

// `place` is that of the first part.
struct FeedTokens {
  Builder& b;
  const Place& place;
  SharedValue& in;
  SharedValue& x;
  Places& places;
  Computed operator()(std::monostate) const { return {}; }
  Computed operator()(const FeedForward& part) const {
    return {compute_at(b, place, part, in), place.device()};
  }
  Computed operator()(const RwkvChannel& part) const {
    return {compute_at(b, place, part, in), place.device()};
  }
  Computed operator()(const Experts& part) const {
    b.on(place.device());
    return experts(b, part, place, in, b.get(in), places);
  }
  Computed operator()(const DenseAndExperts& part) const {
    return dense_and_experts(b, part, place, in, x, places);
  }
};

// ---- a layer

void add_layer_input(Builder& b, const LayerInput& input, SharedValue& x, ops::Value slice) {
  const auto gate = b.linear(input.gate, b.get(x));
  b.emit(ops::ActGate{ops::Activation::gelu, gate, slice, gate});
  const auto change = b.linear(input.proj, gate);
  b.norm_in_place(input.norm, change);
  add_to_stream(b, x, {change, b.device()});
}

// What stands behind all parts of a layer, where the last of them is.
void end_layer(Builder& b, const Layer& layer, uint32_t index, Stream& s) {
  const uint32_t width = b.blueprint.input_width;
  if (layer.input) add_layer_input(b, *layer.input, s.x, b.get(s.inputs).columns(index * width, width));
  if (!layer.output_scale) return;
  const ops::Value x = b.get(s.x);
  b.emit(ops::Multiply{.a = x, .out = x, .by = b.weight(layer.output_scale)});
  b.changed(s.x);
}

// One layer. What it takes of the scratch is given back at its end: layers use the same floats, and only
// the stream lasts.
void walk(Builder& b, const Layer& layer, uint32_t index, Stream& s, Places& places) {
  const auto start = b.mark();
  const float scale = b.blueprint.residual_scale;
  const Place mixer = places.next();
  b.begin_stage(kind_of(layer.mixer), index);
  b.on(mixer.device());
  SharedValue normed = b.share(b.norm(layer.before_mixer, b.get(s.x)));
  SharedValue second = b.share(b.norm(layer.before_mixer_2, b.get(s.x)));
  SharedValue& mixer_in = layer.before_mixer_2.group > 0 ? second : normed;
  const Computed mixed{std::visit(MixTokens{b, mixer, mixer_in, s.first}, layer.mixer), mixer.device()};
  b.norm_in_place(layer.after_mixer, mixed.value);
  const bool feeds = layer.feed.index() != 0;
  const Place feed = feeds ? places.next() : mixer;
  if (layer.parallel) {
    if (feeds) b.begin_stage(kind_of(layer.feed));
    const Computed fed = std::visit(FeedTokens{b, feed, normed, s.x, places}, layer.feed);
    add_to_stream(b, s.x, mixed);
    add_to_stream(b, s.x, fed);
  } else {
    add_to_stream(b, s.x, mixed, scale);
    norm_stream(b, layer.after_first_sum, s.x);
    b.on(feed.device());
    if (feeds) {
      b.begin_stage(kind_of(layer.feed));
      SharedValue in = b.share(b.norm(layer.before_feed, b.get(s.x)));
      const Computed fed = std::visit(FeedTokens{b, feed, in, s.x, places}, layer.feed);
      b.norm_in_place(layer.after_feed, fed.value);
      add_to_stream(b, s.x, fed, scale);
    }
    norm_stream(b, layer.after_sum, s.x);
  }
  end_layer(b, layer, index, s);
  b.release(start);
}

// ---- the end

// From here on only the wanted rows: the matrix of the vocabulary is the largest of many models, and a
// prompt needs its last row alone. The result is home's.
ops::Value finish(Builder& b, Stream& s, Places& places) {
  const Blueprint& m = b.blueprint;
  const bool is_part = m.output.weight || m.output_norm.weight;
  const Place place = is_part ? places.next() : Place{};
  if (is_part) b.begin_stage(PartKind::output, ops::kNone);
  b.on(place.device());
  const auto wanted = b.value(m.width, ops::Rows::wanted);
  b.emit(ops::Gather{b.get(s.x), wanted});
  b.norm_in_place(m.output_norm, wanted);
  SharedValue in = b.share(wanted);
  const auto result = m.embeds_only() ? wanted : logits_at(b, place, in);
  if (!m.embeds_only() && m.logit_scale != 1) b.emit(ops::Scale{result, result, m.logit_scale});
  if (!m.embeds_only() && m.final_softcap > 0) b.emit(ops::Softcap{result, result, m.final_softcap});
  b.on(kHome);
  return b.bring(result, place.device());
}

// Room for the stream on each device that has a share of anything: it outlives the layers.
SharedValue stream_value(Builder& b, uint64_t width, const Placement& placement, uint32_t devices) {
  b.on(kHome);
  SharedValue out = b.share(b.value(width));
  for (uint32_t d = 1; d < devices; ++d) {
    const auto has_some = [d](const PartPlace& p) { return d < p.units.size() && p.units[d] > 0; };
    b.on(d);
    if (std::any_of(placement.begin(), placement.end(), has_some)) out.on[d] = b.value(width);
  }
  b.on(kHome);
  return out;
}

}  // namespace

std::vector<uint32_t> windows(const Blueprint& blueprint) {
  std::vector<uint32_t> out;
  for (const CacheShape& c : blueprint.caches) {
    if (std::find(out.begin(), out.end(), c.window) == out.end()) out.push_back(c.window);
  }
  return out;
}

std::vector<DeviceProgram> forward(const Blueprint& m, const Placement& placement, uint32_t devices,
                                   const StepSize& size) {
  Builder b(m, devices, size);
  Places places(placement);
  Stream s;
  s.x = stream_value(b, m.width, placement, devices);
  if (m.input_width > 0) {
    s.inputs = stream_value(b, uint64_t(m.input_width) * m.layers.size(), placement, devices);
  }
  if (!m.layers.empty() && std::holds_alternative<RwkvTime>(m.layers[0].mixer))
    s.first = stream_value(b, m.width, placement, devices);
  b.begin_stage(PartKind::embedding, ops::kNone);
  b.on(places.next().device());
  b.changed(s.x);
  embed(b, s);
  if (m.input_width > 0) {
    b.changed(s.inputs);
    layer_inputs(b, s);
  }
  for (uint32_t i = 0; i < m.layers.size(); ++i) walk(b, m.layers[i], i, s, places);
  const ops::Value result = finish(b, s, places);
  b.program().result = result;
  return b.take();
}

}  // namespace straddle::model
