// Which tensors a shape has: one table for all architectures, by parts.
#include <algorithm>

#include "store/shape.h"

namespace straddle::store {
namespace {

enum class Where : uint8_t {
  once,       // outside of the layers
  layers,     // in each
  attention,  // layers without a delta net
  delta,
  dense,   // layers without experts
  sparse,  // layers with
  nextn,   // layers that guess further tokens
};

enum class Size : uint8_t {
  none,
  embedding,
  twice_embedding,
  vocabulary,
  heads,
  key_length,
  half_rotated,  // angles of a head
  queries,       // all heads of a token
  keys,
  values,
  fused_qkv,
  mixed,  // what all heads give
  ffn,
  twice_ffn,
  experts,
  expert_ffn,
  shared_ffn,
  q_rank,  // latent attention
  kv_rank,
  latent_queries,
  latent_key,
  latent_plain_key,
  latent_value,
  latent_mixed,
  state,  // delta net
  kernel,
  delta_heads,
  delta_qkv,
  delta_values,
};

struct Row {
  std::string_view part;  // empty: every shape has it
  Where where;
  std::string_view name;
  Size shape[3];
};

using enum Size;

// clang-format off
constexpr Row kRows[] = {
    {"", Where::once, "token_embd.weight", {embedding, vocabulary}},
    {"", Where::once, "output_norm.weight", {embedding}},
    {"untied", Where::once, "output.weight", {embedding, vocabulary}},
    {"rope_freqs", Where::once, "rope_freqs.weight", {half_rotated}},
    {"longrope", Where::once, "rope_factors_long.weight", {half_rotated}},
    {"longrope", Where::once, "rope_factors_short.weight", {half_rotated}},

    {"", Where::layers, "attn_norm.weight", {embedding}},
    {"attn", Where::attention, "attn_q.weight", {embedding, queries}},
    {"attn", Where::attention, "attn_k.weight", {embedding, Size::keys}},
    {"attn", Where::attention, "attn_v.weight", {embedding, values}},
    {"attn", Where::attention, "attn_output.weight", {mixed, embedding}},
    {"fused_attn", Where::layers, "attn_qkv.weight", {embedding, fused_qkv}},
    {"fused_attn", Where::layers, "attn_output.weight", {mixed, embedding}},
    {"qkv_bias", Where::attention, "attn_q.bias", {queries}},
    {"qkv_bias", Where::attention, "attn_k.bias", {Size::keys}},
    {"qkv_bias", Where::attention, "attn_v.bias", {values}},
    {"out_bias", Where::attention, "attn_output.bias", {embedding}},
    {"sinks", Where::attention, "attn_sinks.weight", {heads}},
    {"qk_norm", Where::attention, "attn_q_norm.weight", {key_length}},
    {"qk_norm", Where::attention, "attn_k_norm.weight", {key_length}},

    {"latent_attn", Where::layers, "attn_q_a.weight", {embedding, q_rank}},
    {"latent_attn", Where::layers, "attn_q_a_norm.weight", {q_rank}},
    {"latent_attn", Where::layers, "attn_q_b.weight", {q_rank, latent_queries}},
    {"latent_attn", Where::layers, "attn_kv_a_mqa.weight", {embedding, latent_key}},
    {"latent_attn", Where::layers, "attn_kv_a_norm.weight", {kv_rank}},
    {"latent_attn", Where::layers, "attn_k_b.weight", {latent_plain_key, kv_rank, heads}},
    {"latent_attn", Where::layers, "attn_v_b.weight", {kv_rank, latent_value, heads}},
    {"latent_attn", Where::layers, "attn_output.weight", {latent_mixed, embedding}},

    {"delta_net", Where::delta, "attn_qkv.weight", {embedding, delta_qkv}},
    {"delta_net", Where::delta, "attn_gate.weight", {embedding, delta_values}},
    {"delta_net", Where::delta, "ssm_beta.weight", {embedding, delta_heads}},
    {"delta_net", Where::delta, "ssm_alpha.weight", {embedding, delta_heads}},
    {"delta_net", Where::delta, "ssm_dt.bias", {delta_heads}},
    {"delta_net", Where::delta, "ssm_a", {delta_heads}},
    {"delta_net", Where::delta, "ssm_conv1d.weight", {kernel, delta_qkv}},
    {"delta_net", Where::delta, "ssm_norm.weight", {state}},
    {"delta_net", Where::delta, "ssm_out.weight", {delta_values, embedding}},

    {"post_attention_norm", Where::layers, "post_attention_norm.weight", {embedding}},
    {"ffn_norm", Where::layers, "ffn_norm.weight", {embedding}},
    {"post_ffw_norm", Where::layers, "post_ffw_norm.weight", {embedding}},
    {"ffn", Where::dense, "ffn_gate.weight", {embedding, ffn}},
    {"ffn", Where::dense, "ffn_up.weight", {embedding, ffn}},
    {"ffn", Where::dense, "ffn_down.weight", {ffn, embedding}},
    {"fused_ffn", Where::dense, "ffn_up.weight", {embedding, twice_ffn}},
    {"fused_ffn", Where::dense, "ffn_down.weight", {ffn, embedding}},
    {"moe", Where::sparse, "ffn_gate_inp.weight", {embedding, experts}},
    {"moe", Where::sparse, "ffn_gate_exps.weight", {embedding, expert_ffn, experts}},
    {"moe", Where::sparse, "ffn_up_exps.weight", {embedding, expert_ffn, experts}},
    {"moe", Where::sparse, "ffn_down_exps.weight", {expert_ffn, embedding, experts}},
    {"moe_bias", Where::sparse, "ffn_gate_inp.bias", {experts}},
    {"moe_bias", Where::sparse, "ffn_gate_exps.bias", {expert_ffn, experts}},
    {"moe_bias", Where::sparse, "ffn_up_exps.bias", {expert_ffn, experts}},
    {"moe_bias", Where::sparse, "ffn_down_exps.bias", {embedding, experts}},
    {"selection_bias", Where::sparse, "exp_probs_b.bias", {experts}},
    {"shared", Where::sparse, "ffn_gate_shexp.weight", {embedding, shared_ffn}},
    {"shared", Where::sparse, "ffn_up_shexp.weight", {embedding, shared_ffn}},
    {"shared", Where::sparse, "ffn_down_shexp.weight", {shared_ffn, embedding}},
    {"shared_gate", Where::sparse, "ffn_gate_inp_shexp.weight", {embedding}},

    {"nextn", Where::nextn, "nextn.eh_proj.weight", {twice_embedding, embedding}},
    {"nextn", Where::nextn, "nextn.embed_tokens.weight", {embedding, vocabulary}},
    {"nextn", Where::nextn, "nextn.enorm.weight", {embedding}},
    {"nextn", Where::nextn, "nextn.hnorm.weight", {embedding}},
    {"nextn", Where::nextn, "nextn.shared_head_head.weight", {embedding, vocabulary}},
    {"nextn", Where::nextn, "nextn.shared_head_norm.weight", {embedding}},
};
// clang-format on

uint64_t value_of(Size size, const Shape& s) {
  const uint64_t rotated = s.number("rope.dimension_count", s.key_length);
  const uint64_t q_size = s.heads * s.key_length, k_size = s.kv_heads * s.key_length,
                 v_size = s.kv_heads * s.value_length;
  const uint64_t kv_low = s.number("attention.kv_lora_rank"),
                 latent_head = s.number("attention.key_length_mla"),
                 latent_out = s.number("attention.value_length_mla");
  const uint64_t states = s.number("ssm.state_size"), inner = s.number("ssm.inner_size");
  switch (size) {
    case none:
      return 1;
    case embedding:
      return s.embedding;
    case twice_embedding:
      return 2 * s.embedding;
    case vocabulary:
      return s.vocabulary;
    case heads:
      return s.heads;
    case key_length:
      return s.key_length;
    case half_rotated:
      return rotated / 2;
    case queries:
      return s.has("gated") ? 2 * q_size : q_size;
    case Size::keys:
      return k_size;
    case values:
      return v_size;
    case fused_qkv:
      return q_size + k_size + v_size;
    case mixed:
      return s.heads * s.value_length;
    case ffn:
      return s.ffn;
    case twice_ffn:
      return 2 * s.ffn;
    case experts:
      return s.experts;
    case expert_ffn:
      return s.expert_ffn;
    case shared_ffn:
      return s.shared_expert_ffn;
    case q_rank:
      return s.number("attention.q_lora_rank");
    case kv_rank:
      return kv_low;
    case latent_queries:
      return s.heads * latent_head;
    case latent_key:
      return kv_low + rotated;
    case latent_plain_key:
      return latent_head - rotated;
    case latent_value:
      return latent_out;
    case latent_mixed:
      return s.heads * latent_out;
    case state:
      return states;
    case kernel:
      return s.number("ssm.conv_kernel");
    case delta_heads:
      return s.number("ssm.time_step_rank");
    case delta_qkv:
      return 2 * s.number("ssm.group_count") * states + inner;
    case delta_values:
      return inner;
  }
  return 0;
}

bool is_in(Where where, uint64_t layer, const Shape& s) {
  const uint64_t interval = s.number("full_attention_interval");
  const bool attends = interval == 0 || (layer + 1) % interval == 0;
  const bool sparse = s.experts > 0 && layer >= s.number("leading_dense_block_count");
  switch (where) {
    case Where::once:
      return false;
    case Where::layers:
      return true;
    case Where::attention:
      return attends;
    case Where::delta:
      return !attends;
    case Where::dense:
      return !sparse;
    case Where::sparse:
      return sparse;
    case Where::nextn:
      return layer + s.number("nextn_predict_layers") >= s.layers;
  }
  return false;
}

quant::Format format_of(const Row& row, const Shape& s) {
  const bool is_vector = row.shape[1] == none, is_bias = row.name.ends_with(".bias");
  if (is_vector || is_bias || row.name.starts_with("ffn_gate_inp") || row.name.starts_with("ssm_conv1d"))
    return quant::Format::F32;
  const bool trained_so = s.has("mxfp4") && row.name.ends_with("_exps.weight");
  return trained_so ? quant::Format::MXFP4 : quant::Format::F16;
}

ShapeTensor tensor_of(const Row& row, const Shape& s, const std::string& prefix) {
  ShapeTensor out{prefix + std::string(row.name), format_of(row, s), {}, {}};
  for (const Size size : row.shape) {
    if (size != none) out.shape.push_back(value_of(size, s));
  }
  return out;
}

bool is_part(const Row& row, const Shape& s) { return row.part.empty() || s.has(row.part); }

}  // namespace

bool is_group_of_tensors(std::string_view part) {
  constexpr std::string_view kAlters[] = {"gated", "mxfp4"};  // tensors of other groups
  const auto has_it = [&](const Row& row) { return row.part == part; };
  return !part.empty() &&
         (std::ranges::any_of(kRows, has_it) || std::ranges::find(kAlters, part) != std::end(kAlters));
}

std::vector<ShapeTensor> tensors_of(const Shape& shape) {
  std::vector<ShapeTensor> out;
  for (const Row& row : kRows) {
    if (row.where == Where::once && is_part(row, shape)) out.push_back(tensor_of(row, shape, ""));
  }
  for (uint64_t layer = 0; layer < shape.layers; ++layer) {
    const std::string prefix = "blk." + std::to_string(layer) + ".";
    for (const Row& row : kRows) {
      if (!is_part(row, shape) || !is_in(row.where, layer, shape)) continue;
      out.push_back(tensor_of(row, shape, prefix));
      out.back().layer = layer;
    }
  }
  return out;
}

}  // namespace straddle::store
