#include "model/describe/architectures.h"

#include <algorithm>
#include <array>

namespace straddle::model {
namespace {

using A = Architecture;
using enum Architecture::RopeStyle;
constexpr auto gelu = ops::Activation::gelu;

// clang-format off
// docs/adding-an-architecture.md shows how a row comes to be.
constexpr auto kTable = std::to_array<A>({
    {.name = "bert", .rope = none, .layer_norm = true, .causal = false, .act = gelu,
     .output = A::Output::none, .before_mixer = "", .before_feed = "",
     .after_first_sum = "attn_output_norm", .after_sum = "layer_output_norm",
     .embedding_norm = "token_embd_norm", .output_norm = ""},
    {.name = "command-r", .layer_norm = true, .parallel = true, .output = A::Output::tied,
     .before_feed = "", .reads_logit_scale = true},
    {.name = "deepseek2", .mixer = A::MixerKind::latent_attention, .routing = A::Routing::softmax_keyed},
    {.name = "falcon", .rope = neox, .layer_norm = true, .parallel = true, .act = gelu,
     .before_feed = ""},
    {.name = "gemma", .rope = neox, .act = gelu, .output = A::Output::tied, .root_embedding = true},
    {.name = "gemma2", .rope = neox, .act = gelu, .output = A::Output::tied, .root_embedding = true,
     .after_mixer = "post_attention_norm", .after_feed = "post_ffw_norm", .window_pattern = 2,
     .window = 4096, .sliding_base_key = true, .attention_softcap = 50, .final_softcap = 30,
     .reads_softcaps = true, .wide_scale_layers = 46},
    {.name = "gemma3", .rope = neox, .act = gelu, .root_embedding = true,
     .after_mixer = "post_attention_norm", .after_feed = "post_ffw_norm", .window_pattern = 6,
     .sliding_rope = A::SlidingRope::base_10000_unscaled, .sliding_base_key = true,
     .reads_softcaps = true, .wide_scale_layers = 62},
    {.name = "gemma4", .rope = neox, .act = gelu, .root_embedding = true,
     .after_mixer = "post_attention_norm", .after_feed = "post_ffw_norm", .window_pattern = 1,
     .sliding_rope = A::SlidingRope::base_10000_unscaled, .sliding_base_key = true, .final_softcap = 30,
     .reads_softcaps = true, .unit_attention_scale = true, .norms_values = true},
    {.name = "glm4", .fused_gate = true, .after_mixer = "post_attention_norm",
     .after_feed = "post_ffw_norm"},
    {.name = "glm4moe", .rope = neox, .before_feed = "post_attention_norm",
     .routing = A::Routing::sigmoid_keyed},
    {.name = "gpt-oss", .rope = neox, .before_feed = "post_attention_norm", .window_pattern = 2,
     .sliding_base_key = true, .routing = A::Routing::softmax_later, .normalise = false,
     .clamped = true},
    {.name = "gpt2", .rope = none, .layer_norm = true, .act = gelu},
    {.name = "granite", .granite_scales = true, .divides_logits = true},
    {.name = "granitemoe", .granite_scales = true, .divides_logits = true},
    {.name = "lfm2", .rope = neox, .mixer = A::MixerKind::convolution_or_attention,
     .output_norm = "token_embd_norm"},
    {.name = "llama"},
    {.name = "mamba", .rope = none, .mixer = A::MixerKind::mamba, .before_feed = ""},
    {.name = "mistral3", .reads_yarn_betas = true, .reads_temperature = true},
    {.name = "nomic-bert", .rope = neox, .layer_norm = true, .causal = false, .output = A::Output::none,
     .before_mixer = "", .before_feed = "", .after_first_sum = "attn_output_norm",
     .after_sum = "layer_output_norm", .embedding_norm = "token_embd_norm", .output_norm = ""},
    {.name = "olmo2", .rope = neox, .output = A::Output::own, .before_mixer = "",
     .after_mixer = "post_attention_norm", .before_feed = "", .after_feed = "post_ffw_norm",
     .window_pattern = 4, .sliding_rope = A::SlidingRope::unscaled},
    {.name = "phi2", .rope = neox, .layer_norm = true, .parallel = true, .act = gelu,
     .before_feed = ""},
    {.name = "phi3", .rope = neox, .fused_gate = true},
    {.name = "qwen2", .rope = neox},
    {.name = "qwen2moe", .rope = neox, .output = A::Output::own, .normalise = false},
    {.name = "qwen3", .rope = neox},
    {.name = "qwen35", .rope = neox, .mixer = A::MixerKind::delta_net, .before_feed = "post_attention_norm",
     .interleaved_value_heads = true},
    {.name = "qwen35moe", .rope = neox, .mixer = A::MixerKind::delta_net,
     .before_feed = "post_attention_norm", .interleaved_value_heads = true},
    {.name = "qwen3moe", .rope = neox},
    {.name = "qwen3next", .rope = neox, .mixer = A::MixerKind::delta_net,
     .before_feed = "post_attention_norm"},
    {.name = "rwkv7", .rope = none, .mixer = A::MixerKind::rwkv, .layer_norm = true,
     .output = A::Output::own, .before_feed = "attn_norm_2", .embedding_norm = "token_embd_norm"},
    {.name = "stablelm", .rope = neox, .layer_norm = true, .output = A::Output::own,
     .parallel_without_norm = true},
    {.name = "starcoder2", .rope = neox, .layer_norm = true, .act = gelu},
});
// clang-format on

}  // namespace

const Architecture* find_architecture(std::string_view name) {
  const auto* found =
      std::find_if(kTable.begin(), kTable.end(), [&](const A& a) { return a.name == name; });
  return found == kTable.end() ? nullptr : found;
}

std::vector<std::string_view> architectures() {
  std::vector<std::string_view> out;
  for (const A& a : kTable) out.push_back(a.name);
  return out;
}

}  // namespace straddle::model
