// What an architecture says of itself: one row. Whatever is not said here is read from the file's keys
// or follows from the presence of a tensor. Mathematics and sources: docs/architectures.md.
#pragma once
#include <span>
#include <string_view>

#include "model/model.h"

namespace straddle::model {

class Reader;

struct Architecture {
  enum class RopeStyle : uint8_t { none, adjacent, neox };  // pairs (2i, 2i+1) or (i, i + r/2)
  enum class MixerKind : uint8_t {
    attention,
    latent_attention,
    convolution_or_attention,
    mamba,
    delta_net,
    rwkv
  };
  enum class Output : uint8_t { own_or_tied, own, tied, none };
  enum class Routing : uint8_t {
    softmax,
    softmax_keyed,
    sigmoid_keyed,
    softmax_later
  };  // keyed: the file may say otherwise
  enum class SlidingRope : uint8_t { same, base_10000_unscaled, unscaled };

  std::string_view name;
  RopeStyle rope = RopeStyle::adjacent;
  MixerKind mixer = MixerKind::attention;
  bool layer_norm = false;  // LayerNorm instead of RMSNorm
  bool parallel = false;    // attention and feed-forward read the same norm
  bool causal = true;
  ops::Activation act = ops::Activation::silu;
  bool fused_gate = false;  // ffn_up holds gate and up
  Output output = Output::own_or_tied;
  bool root_embedding = false;  // embedding * sqrt(width)

  // Tensors of norms; empty: there is none.
  std::string_view before_mixer = "attn_norm", after_mixer, before_feed = "ffn_norm", after_feed;
  std::string_view after_first_sum, after_sum, embedding_norm, output_norm = "output_norm";

  // Sliding windows: layer i slides if i % pattern < pattern - 1, unless the file says otherwise. 0:
  // never.
  uint32_t window_pattern = 0, window = 0;
  SlidingRope sliding_rope = SlidingRope::same;
  bool sliding_base_key = false;  // reads rope.freq_base_swa

  float attention_softcap = 0, final_softcap = 0;  // defaults of the keys
  bool reads_softcaps = false;
  bool unit_attention_scale = false;
  bool norms_values = false;           // RMS without weight; without attn_v the values are the raw keys
  bool parallel_without_norm = false;  // parallel where ffn_norm is not stored
  bool interleaved_value_heads = false;  // delta net: value head j reads key head j mod n
  uint32_t wide_scale_layers =
      0;  // the model of that many layers scales attention by 1/sqrt(width / heads)

  Routing routing = Routing::softmax;
  bool normalise = true, clamped = false;

  bool granite_scales = false, divides_logits = false, reads_logit_scale = false;
  bool reads_yarn_betas = false, reads_temperature = false;
};

const Architecture* find_architecture(std::string_view name);

}  // namespace straddle::model
