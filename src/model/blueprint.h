// What a model is, after its file was read: numbers, and a list of parts per layer. No names.
#pragma once
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "model/tensor_ref.h"
#include "ops/ops.h"

namespace straddle::model {

// The widest value that a token may have: 64 MiB of floats. Describe refuses what would make a wider one
// and names the tensor or key, so that after it 32 bits are enough: a layer holds fewer than 255 values.
inline constexpr uint64_t kWidestValue = 1u << 24;

struct NormWeights {
  TensorRef weight, bias;
  uint32_t group = 0;  // 0: no norm at all
};

// Angles of rotary embedding: theta_i(p) = p * base^(-2i/rotated) / factors_i, then linear or yarn
// scaling.
struct RotaryEmbedding {
  uint32_t rotated = 0;
  double base = 10000, factor = 1, magnitude = 1;
  bool yarn = false;
  double original_context = 0, beta_fast = 32, beta_slow = 1;
  std::vector<float> factors;  // rotated / 2, or empty
  bool operator==(const RotaryEmbedding&) const = default;
};

// ---- what mixes tokens

struct Attention {
  Linear q, k, v, out;                 // k, v absent: they are read from another layer's cache
  NormWeights q_norm, k_norm, v_norm;  // per head, or over the whole vector
  uint32_t heads = 0, kv_heads = 0, key_size = 0, value_size = 0;
  std::optional<uint32_t> rope;  // index into Blueprint::ropes
  bool neox = false;
  bool scale_positions = false;  // queries times Blueprint::temperature
  bool gated = false;            // q gives per head key_size queries, then key_size gates
  bool value_is_key = false;     // v is the raw k projection
  float scale = 1, softcap = 0;
  uint32_t window = 0;
  bool causal = true;
  TensorRef sinks;
  uint32_t cache = 0;
};

// Multi-head latent attention: keys and values are a vector of `rank` values that all heads share.
struct LatentAttention {
  Linear q_down, q, kv_down, k_up, v_up, kv_up,
      out;  // q_down optional; kv_up instead of k_up, v_up: old files
  NormWeights q_norm, kv_norm;
  uint32_t heads = 0, rank = 0, plain = 0, rotated = 0, value_size = 0;  // columns per head
  uint32_t rope = 0;
  float scale = 1;
  uint32_t cache = 0;
};

struct ShortConvolution {         // lfm2
  Linear before, after, in, out;  // in * before is convolved, * after
  TensorRef taps;
  uint32_t width = 0, state = 0;
};

struct Mamba {
  Linear in, x, dt, out;
  TensorRef taps, taps_bias, a, d;
  uint32_t inner = 0, rank = 0, states = 0, width = 0, conv_state = 0, scan_state = 0;
  bool norms = false;  // RMS without weight on dt, B and C
};

struct DeltaNet {  // qwen3next, qwen35
  Linear q, k, v, gate, beta, alpha, beta_alpha, out;
  TensorRef q_taps, k_taps, v_taps, dt_bias, a;
  NormWeights norm;
  uint32_t key_heads = 0, value_heads = 0, head_size = 0, width = 0;
  uint32_t q_state = 0, k_state = 0, v_state = 0, scan_state = 0;
  bool interleaved = false;
};

struct RwkvTime {
  Linear receptance, key, value, out, w1, w2, v1, v2, a1, a2, g1, g2;
  TensorRef lerp, w0, v0, a0, k_k, k_a, r_k;
  NormWeights norm;  // per head
  uint32_t head_size = 0, shift_state = 0, scan_state = 0;
  bool first = false;  // keeps its values for the layers above
};

using Mixer = std::variant<Attention, LatentAttention, ShortConvolution, Mamba, DeltaNet, RwkvTime>;

// ---- what works on each token alone

struct FeedForward {
  Linear gate, up, down;  // gate absent: down(act(up))
  ops::Activation act = ops::Activation::silu;
};

struct Experts {
  Linear router, gate, up, down;
  TensorRef router_scale;  // gemma4: the router reads RMS(h) / sqrt(D) * this
  TensorRef selection_bias, down_scale;
  uint32_t count = 0, used = 0, groups = 1, groups_used = 1;
  uint32_t first = 0;  // of a piece: the first expert whose matrices it has
  ops::Route::Gate gating = ops::Route::Gate::softmax;
  bool normalise = true, clamped = false;
  float weights_scale = 1;
  ops::Activation act = ops::Activation::silu;
  FeedForward shared;  // optional
  Linear shared_gate;  // optional: sigmoid of it scales the shared expert
};

struct RwkvChannel {
  Linear key, value;
  TensorRef lerp;
  uint32_t shift_state = 0;
};

// gemma4: a dense and a sparse branch side by side, each with norms of its own.
struct DenseAndExperts {
  FeedForward dense;
  Experts experts;
  NormWeights dense_after, experts_before, experts_after;
};

using Feed = std::variant<std::monostate, FeedForward, Experts, DenseAndExperts, RwkvChannel>;

// gemma4: x += norm(proj(gelu(gate x) * u)) with u the layer's slice of the per-layer inputs.
struct LayerInput {
  Linear gate, proj;
  NormWeights norm;
};

// h = x + scale * after_mixer(mixer(before_mixer(x))); x' = h + scale *
// after_feed(feed(before_feed(h))).
struct Layer {
  NormWeights before_mixer, after_mixer, before_feed, after_feed;
  NormWeights after_first_sum, after_sum;  // bert: the residual stream itself is normed
  NormWeights before_mixer_2;              // falcon: attention reads this, the feed-forward before_mixer
  bool parallel = false;                   // the feed-forward reads before_mixer(x) too
  Mixer mixer;
  Feed feed;
  std::optional<LayerInput> input;
  TensorRef output_scale;
};

// ---- the whole

struct CacheShape {
  uint32_t kv_heads, key_size, value_size;
  uint32_t window = 0;  // of the layers that read it; 0: they see the whole context
  bool operator==(const CacheShape&) const = default;
};

struct Blueprint {
  std::vector<bool> reads;  // which tensors of the file: no memory is needed for the others
  uint32_t vocabulary = 0, width = 0, context = 0;
  bool layer_norm = false;  // LayerNorm instead of RMSNorm
  bool causal = true;       // else every token sees all others: a text is one Step
  float eps = 0;
  TensorRef token_table, position_table, type_table;
  float embedding_scale = 1, residual_scale = 1, logit_scale = 1, final_softcap = 0;
  NormWeights embedding_norm, output_norm;
  Linear output;  // absent: the result is the embedding of each row
  // gemma4's per-layer inputs: width of one, tables and norm.
  uint32_t input_width = 0;
  TensorRef input_table;
  Linear input_proj;
  NormWeights input_norm;
  struct Temperature {  // mistral3: 1 + scale * ln(floor(p / origin) + 1)
    double scale = 0, origin = 1;
  } temperature;
  std::vector<RotaryEmbedding> ropes;
  std::vector<CacheShape> caches;
  std::vector<uint32_t> states;  // floats per sequence
  std::vector<Layer> layers;
  bool recurrent() const { return !states.empty(); }
  bool embeds_only() const { return !output.weight; }
  uint32_t result_width() const {
    return embeds_only() ? width : vocabulary;
  }  // columns of Program::result
};

}  // namespace straddle::model
