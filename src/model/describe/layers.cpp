// A layer: its norms around a mixer and a feed-forward.
#include "model/describe/description.h"

#include <cmath>

namespace straddle::model {
namespace {

Mixer read_mixer(Description& d, uint32_t i) {
  using MixerKind = Architecture::MixerKind;
  switch (d.row.mixer) {
    case MixerKind::attention:
      return read_attention(d, i);
    case MixerKind::latent_attention:
      return read_latent_attention(d, i);
    case MixerKind::mamba:
      return read_mamba(d, i);
    case MixerKind::rwkv:
      return read_rwkv_time(d, i);
    case MixerKind::convolution_or_attention:
      return d.kv_heads[i] == 0 ? read_short_convolution(d, i) : read_attention(d, i);
    case MixerKind::delta_net: {
      const uint32_t interval = d.read.count("full_attention_interval", 512, 4);
      return interval > 0 && (i + 1) % interval == 0 ? read_attention(d, i) : read_delta_net(d, i);
    }
  }
  return Attention{};
}

}  // namespace

Layer read_layer(Description& d, uint32_t i) {
  Reader& read = d.read;
  const uint32_t width = d.blueprint.width;
  read.set_layer(i);
  Layer layer;
  layer.before_mixer = read.norm(d.row.before_mixer, width);
  layer.after_mixer = read.norm(d.row.after_mixer, width);
  layer.after_feed = read.norm(d.row.after_feed, width);
  layer.after_first_sum = read.norm(d.row.after_first_sum, width);
  layer.after_sum = read.norm(d.row.after_sum, width);
  if (d.row.parallel) layer.before_mixer_2 = read.norm_if("attn_norm_2", width);
  layer.parallel = d.row.parallel || (d.row.parallel_without_norm && !read.has("ffn_norm.weight"));
  if (!layer.parallel) layer.before_feed = read.norm(d.row.before_feed, width);
  layer.mixer = read_mixer(d, i);
  if (d.row.mixer != Architecture::MixerKind::mamba) layer.feed = read_feed(d, i);
  if (const uint32_t p = d.blueprint.input_width; p > 0) {
    layer.input = LayerInput{read.linear("inp_gate", width, p), read.linear("proj", p, width),
                             read.norm("post_norm", width)};
  }
  layer.output_scale = read.vector_if("layer_output_scale.weight", 1);
  return layer;
}

void read_layer_inputs(Description& d) {
  Blueprint& b = d.blueprint;
  b.input_width = d.read.count("embedding_length_per_layer_input", 1u << 16, 0);
  if (b.input_width == 0) return;
  const uint64_t all = uint64_t(b.input_width) * d.layers;
  b.input_table = d.read.matrix("per_layer_token_embd.weight", all, b.vocabulary);
  b.input_proj = d.read.linear("per_layer_model_proj", b.width, all);
  b.input_proj.scale = float(1 / std::sqrt(double(b.width)));
  b.input_norm = d.read.norm("per_layer_proj_norm", b.input_width);
}

}  // namespace straddle::model
