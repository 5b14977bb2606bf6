// The way of a token through the model: embedding, layers, logits.
#include <cmath>

#include "model/parts/parts.h"

namespace straddle::model {
namespace {

// What goes from layer to layer.
struct Stream {
  ops::Value x;       // the residual stream
  ops::Value inputs;  // gemma4's per-layer inputs, [layers * input_width]
  ops::Value first;   // rwkv: values of layer 0
};

void embed(Builder& b, const Stream& s) {
  const Blueprint& m = b.blueprint;
  using By = ops::Embed::By;
  b.emit(ops::Embed{b.on_device(m.token_table), s.x, By::token, m.embedding_scale, false});
  if (m.position_table) b.emit(ops::Embed{b.on_device(m.position_table), s.x, By::position, 1, true});
  if (m.type_table) b.emit(ops::Embed{b.on_device(m.type_table), s.x, By::first, 1, true});
  b.norm_in_place(m.embedding_norm, s.x);
}

void layer_inputs(Builder& b, const Stream& s) {
  const Blueprint& m = b.blueprint;
  const float root = std::sqrt(float(m.input_width)), half = float(1 / std::sqrt(2.0));
  b.emit(ops::Embed{b.on_device(m.input_table), s.inputs, ops::Embed::By::token, root, false});
  const auto projected = b.linear(m.input_proj, s.x);
  b.norm_in_place(m.input_norm, projected);
  b.add(s.inputs, projected);
  b.emit(ops::Scale{s.inputs, s.inputs, half});
}

// The mixer of a layer: RwkvTime alone reads values of layer 0 beside its input.
struct MixTokens {
  Builder& b;
  ops::Value in, first;
  ops::Value operator()(const RwkvTime& part) const { return compute(b, part, in, first); }
  template <class Part>
  ops::Value operator()(const Part& part) const {
    return compute(b, part, in);
  }
};

// Dense and sparse branch of gemma4; the router reads the residual stream through a norm of its own.
ops::Value dense_and_experts(Builder& b, const DenseAndExperts& part, ops::Value in, ops::Value x) {
  const auto dense = compute(b, part.dense, in);
  b.norm_in_place(part.dense_after, dense);
  const auto router_in = b.norm(NormWeights{part.experts.router_scale, {}, x.width}, x);
  b.emit(ops::Scale{router_in, router_in, float(1 / std::sqrt(double(x.width)))});
  const auto sparse = compute(b, part.experts, b.norm(part.experts_before, x), router_in);
  b.norm_in_place(part.experts_after, sparse);
  return b.add(dense, sparse);
}

ops::Value feed(Builder& b, const Layer& layer, ops::Value in, ops::Value x) {
  if (const auto* f = std::get_if<FeedForward>(&layer.feed)) return compute(b, *f, in);
  if (const auto* e = std::get_if<Experts>(&layer.feed)) return compute(b, *e, in, in);
  if (const auto* d = std::get_if<DenseAndExperts>(&layer.feed)) return dense_and_experts(b, *d, in, x);
  return compute(b, std::get<RwkvChannel>(layer.feed), in);
}

void add_layer_input(Builder& b, const Layer& layer, ops::Value x, ops::Value slice) {
  const auto gate = b.linear(layer.input->gate, x);
  b.emit(ops::ActGate{ops::Activation::gelu, gate, slice, gate});
  const auto change = b.linear(layer.input->proj, gate);
  b.norm_in_place(layer.input->norm, change);
  b.add(x, change);
}

// One layer. What it takes of the scratch is given back at its end: layers use the same floats, and only
// the stream lasts.
void walk(Builder& b, const Layer& layer, size_t index, const Stream& s) {
  const uint32_t start = b.mark();
  const float scale = b.blueprint.residual_scale;
  const auto normed = b.norm(layer.before_mixer, s.x);
  const auto mixer_in = layer.before_mixer_2.group > 0 ? b.norm(layer.before_mixer_2, s.x) : normed;
  const auto mixed = std::visit(MixTokens{b, mixer_in, s.first}, layer.mixer);
  b.norm_in_place(layer.after_mixer, mixed);
  if (layer.parallel) {
    const auto fed = feed(b, layer, normed, s.x);
    b.add(b.add(s.x, mixed), fed);
  } else {
    b.add(s.x, mixed, scale);
    b.norm_in_place(layer.after_first_sum, s.x);
    if (layer.feed.index() != 0) {
      const auto fed = feed(b, layer, b.norm(layer.before_feed, s.x), s.x);
      b.norm_in_place(layer.after_feed, fed);
      b.add(s.x, fed, scale);
    }
    b.norm_in_place(layer.after_sum, s.x);
  }
  const uint32_t width = b.blueprint.input_width;
  if (layer.input) add_layer_input(b, layer, s.x, s.inputs.columns(uint32_t(index) * width, width));
  if (layer.output_scale)
    b.emit(ops::Multiply{.a = s.x, .out = s.x, .by = b.on_device(layer.output_scale)});
  b.release(start);
}

// From here on only the wanted rows: the matrix of the vocabulary is the largest of many models, and a
// prompt needs its last row alone.
ops::Value finish(Builder& b, ops::Value x) {
  const Blueprint& m = b.blueprint;
  const auto wanted = b.value(m.width, ops::Rows::wanted);
  b.emit(ops::Gather{x, wanted});
  b.norm_in_place(m.output_norm, wanted);
  if (m.embeds_only()) return wanted;
  const auto logits = b.linear(m.output, wanted);
  if (m.logit_scale != 1) b.emit(ops::Scale{logits, logits, m.logit_scale});
  if (m.final_softcap > 0) b.emit(ops::Softcap{logits, logits, m.final_softcap});
  return logits;
}

}  // namespace

ops::Program forward(const Blueprint& blueprint, const DeviceBuffers& placed) {
  Builder b(blueprint, placed);
  Stream s;
  s.x = b.value(blueprint.width);
  embed(b, s);
  if (blueprint.input_width > 0) {
    s.inputs = b.value(uint64_t(blueprint.input_width) * blueprint.layers.size());
    layer_inputs(b, s);
  }
  if (!blueprint.layers.empty() && std::holds_alternative<RwkvTime>(blueprint.layers[0].mixer)) {
    s.first = b.value(blueprint.width);
  }
  for (size_t i = 0; i < blueprint.layers.size(); ++i) walk(b, blueprint.layers[i], i, s);
  b.program.result = finish(b, s.x);
  b.program.caches = placed.caches;
  b.program.states = placed.states;
  b.program.max_rows = placed.max_rows;
  b.program.max_wanted = placed.max_wanted;
  return std::move(b.program);
}

}  // namespace straddle::model
