// Attention and latent attention as files store them.
#include <cmath>

#include "model/describe/description.h"

namespace straddle::model {
namespace {

// Full and sliding layers of gemma4 have heads of different size.
uint32_t key_size_of(Description& d, uint32_t layer) {
  return d.slides(layer) ? d.read.count("attention.key_length_swa", 1u << 16, d.key_size) : d.key_size;
}

// 1 / sqrt(head size), but for those that the architecture's row names.
float attention_scale(Description& d, uint32_t key_size, uint32_t heads) {
  if (d.row.unit_attention_scale) return 1;
  if (d.row.granite_scales) {
    if (const float s = d.read.number("attention.scale", 0); s != 0) return s;
  }
  const bool wide = d.row.wide_scale_layers > 0 && d.row.wide_scale_layers == d.layers;
  return float(1 / std::sqrt(double(wide ? d.blueprint.width / heads : key_size)));
}

// gemma4: the last layers read the keys and values of the last layer of their kind that has its own.
bool shares_cache(Description& d, uint32_t layer, Attention& part) {
  const uint32_t shared = d.read.count("attention.shared_kv_layers", d.layers, 0);
  const uint32_t own = d.layers - shared;
  if (layer < own) return false;
  if (own < 2) {
    d.read.refuse("attention.shared_kv_layers", "leaves no layer with keys of its own");
    return true;
  }
  const uint32_t source = d.slides(layer) ? own - 2 : own - 1;
  part.cache = std::get<Attention>(d.blueprint.layers[source].mixer).cache;
  const CacheShape mine{part.kv_heads, part.key_size, part.value_size, part.window};
  if (d.blueprint.caches[part.cache] != mine) {
    d.read.refuse_key("attention.shared_kv_layers", "layer " + std::to_string(layer) +
                                                        " would read keys of another size, of layer " +
                                                        std::to_string(source));
  }
  return true;
}

void read_keys(Description& d, Attention& part) {
  Reader& read = d.read;
  const uint64_t width = d.blueprint.width, k_width = uint64_t(part.kv_heads) * part.key_size;
  part.k = read.linear("attn_k", width, k_width);
  part.value_is_key = d.row.norms_values && !read.has("attn_v.weight");
  if (!part.value_is_key)
    part.v = read.linear("attn_v", width, uint64_t(part.kv_heads) * part.value_size);
}

// One matrix: the rows of q, then those of k, then those of v. Its bias may be fused too, or still
// three.
void read_fused_projections(Description& d, Attention& part) {
  Reader& read = d.read;
  const uint64_t q = uint64_t(part.heads) * part.key_size, k = uint64_t(part.kv_heads) * part.key_size,
                 v = uint64_t(part.kv_heads) * part.value_size;
  const Linear all = read.linear("attn_qkv", d.blueprint.width, q + k + v);
  part.q = rows_of(all, 0, q);
  part.k = rows_of(all, q, k);
  part.v = rows_of(all, q + k, v);
  const bool three = read.has("attn_q.bias") || read.has("attn_k.bias") || read.has("attn_v.bias");
  if (!three) return;
  if (all.bias) read.refuse("attn_qkv.bias", "stands beside attn_q.bias, attn_k.bias or attn_v.bias");
  part.q.bias = read.vector_if("attn_q.bias", q);
  part.k.bias = read.vector_if("attn_k.bias", k);
  part.v.bias = read.vector_if("attn_v.bias", v);
}

void read_projections(Description& d, Attention& part, bool own_keys) {
  Reader& read = d.read;
  const uint64_t width = d.blueprint.width, q_width = uint64_t(part.heads) * part.key_size;
  if (read.has("attn_qkv.weight")) return read_fused_projections(d, part);
  part.gated = d.row.mixer == Architecture::MixerKind::delta_net;
  part.q = read.linear("attn_q", width, part.gated ? 2 * q_width : q_width);
  if (part.gated && part.value_size != part.key_size) {
    read.refuse_key("attention.value_length", "is " + std::to_string(part.value_size) +
                                                  ", but the gates are of key_length's " +
                                                  std::to_string(part.key_size));
  }
  if (own_keys) read_keys(d, part);
}

}  // namespace

Mixer read_attention(Description& d, uint32_t layer) {
  Reader& read = d.read;
  Attention part;
  part.heads = d.heads[layer];
  part.kv_heads = d.kv_heads[layer];
  part.key_size = key_size_of(d, layer);
  part.value_size = d.row.norms_values ? part.key_size : d.value_size;
  if (part.heads == 0 || part.kv_heads == 0 || part.heads % part.kv_heads != 0 || part.key_size == 0 ||
      part.value_size == 0) {
    read.refuse("attention.head_count", std::to_string(part.heads) + " heads do not fit " +
                                            std::to_string(part.kv_heads) + " kv heads of " +
                                            std::to_string(part.key_size));
    return part;
  }
  part.window = d.slides(layer) ? d.window : 0;
  const bool own_keys = !shares_cache(d, layer, part);
  read_projections(d, part, own_keys);
  const uint64_t heads = part.heads, kv_heads = part.kv_heads;
  part.out = read.linear("attn_output", heads * part.value_size, d.blueprint.width);
  part.q_norm = read.head_norm_if("attn_q_norm", part.key_size, heads * part.key_size);
  part.k_norm = read.head_norm_if("attn_k_norm", part.key_size, kv_heads * part.key_size);
  if (d.row.norms_values) part.v_norm.group = part.value_size;
  part.neox = d.row.rope == Architecture::RopeStyle::neox;
  part.rope = d.slides(layer) ? d.rope_sliding : d.rope;
  if (part.rope && d.blueprint.ropes[*part.rope].rotated > part.key_size) {
    read.refuse("rope.dimension_count", "is more than a head's " + std::to_string(part.key_size));
  }
  part.causal = d.row.causal;
  part.scale = attention_scale(d, part.key_size, part.heads);
  if (d.row.attention_softcap > 0) {
    part.softcap = read.number("attn_logit_softcapping", d.row.attention_softcap);
  }
  part.scale_positions = d.blueprint.temperature.scale != 0;
  part.sinks = read.vector_if("attn_sinks.weight", part.heads);
  if (own_keys) part.cache = d.add_cache({part.kv_heads, part.key_size, part.value_size, part.window});
  return part;
}

// New files name the sizes of a head apart (key_length_mla); old ones use key_length. Where attn_kv_b is
// stored whole every head has keys and values of its own; where it was split into attn_k_b and attn_v_b
// all share one (model/parts/latent_attention.cpp).
Mixer read_latent_attention(Description& d, uint32_t layer) {
  Reader& read = d.read;
  const uint64_t width = d.blueprint.width, limit = 1u << 16;
  LatentAttention part;
  part.heads = d.heads[layer];
  part.rank = read.count("attention.kv_lora_rank", limit);
  part.rotated = read.count("rope.dimension_count", limit);
  const uint32_t head = read.count("attention.key_length_mla", limit, d.key_size);
  part.value_size = read.count("attention.value_length_mla", limit, d.value_size);
  if (part.heads == 0 || head <= part.rotated || part.rotated == 0 || part.rank == 0 ||
      part.value_size == 0 || !d.rope) {
    read.refuse(
        "attention.key_length_mla",
        "heads of " + std::to_string(head) + " do not fit the rotated " + std::to_string(part.rotated));
    return part;
  }
  part.plain = head - part.rotated;
  part.rope = *d.rope;
  const uint64_t heads = part.heads;
  uint64_t q_in = width;
  if (read.has("attn_q_a.weight")) {
    q_in = read.count("attention.q_lora_rank", limit);
    part.q_down = read.linear("attn_q_a", width, q_in);
    part.q_norm = read.norm("attn_q_a_norm", q_in);
  }
  part.q = read.linear(part.q_down.weight ? "attn_q_b" : "attn_q", q_in, heads * head);
  const uint32_t shared = part.rank + part.rotated;
  part.kv_down = read.linear("attn_kv_a_mqa", width, shared);
  part.kv_norm = read.norm("attn_kv_a_norm", part.rank);
  part.out = read.linear("attn_output", heads * part.value_size, width);
  part.scale = float(d.latent_scale / std::sqrt(double(head)));
  if (read.has("attn_kv_b.weight")) {
    part.kv_up = read.linear("attn_kv_b", part.rank, heads * (part.plain + part.value_size));
    part.cache = d.add_cache({part.heads, head, part.value_size});
  } else {
    if (heads * shared > kWidestValue) read.refuse_width("attn_k_b.weight", shared, heads);
    part.k_up = read.linear("attn_k_b", part.plain, part.rank, heads);
    part.v_up = read.linear("attn_v_b", part.rank, part.value_size, heads);
    part.cache = d.add_cache({1, shared, part.rank});
  }
  return part;
}

}  // namespace straddle::model
