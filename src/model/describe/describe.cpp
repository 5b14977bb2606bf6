// Reads a file's keys and tensors into a Blueprint, by the architecture's row.
#include "model/describe/description.h"

#include <algorithm>
#include <cmath>

namespace straddle::model {
namespace {

constexpr uint64_t kHeadLimit = 1u << 16, kLayerLimit = 512, kStateLimit = 1u << 30;

// Layers with the same angles share a table of them.
uint32_t add_rope(Description& d, const RotaryEmbedding& rope) {
  auto& ropes = d.blueprint.ropes;
  const auto found = std::find(ropes.begin(), ropes.end(), rope);
  if (found != ropes.end()) return uint32_t(found - ropes.begin());
  ropes.push_back(rope);
  return uint32_t(ropes.size() - 1);
}

// Magnitude of yarn: 1 + 0.1 ln(factor), or what yarn_log_multiplier makes of it (mistral3, deepseek2).
void yarn_magnitude(Description& d, RotaryEmbedding& rope) {
  const bool latent = d.row.mixer == Architecture::MixerKind::latent_attention;
  double multiplier =
      d.row.reads_yarn_betas || latent ? d.read.number("rope.scaling.yarn_log_multiplier", 0) : 0;
  if (latent) multiplier /= 0.1f;
  const auto at = [&](double m) { return rope.factor <= 1 ? 1.0 : 0.1 * m * std::log(rope.factor) + 1; };
  rope.magnitude =
      multiplier != 0 ? at(latent && multiplier != 1 ? multiplier : 1) / at(multiplier) : at(1);
  if (latent) {
    const double m = rope.magnitude * (1 + 0.1 * multiplier * std::log(rope.factor));
    d.latent_scale = m * m;
  }
}

// longrope: two lists of factors; which one holds is decided by the configured context, once for all
// tokens.
void read_factors(Description& d, RotaryEmbedding& rope) {
  Reader& read = d.read;
  if (read.has("rope_freqs.weight")) rope.factors = read.values("rope_freqs.weight", rope.rotated / 2);
  if (read.has("rope_factors_long.weight")) {
    const bool is_long = d.context > rope.original_context;
    rope.factors = read.values(is_long ? "rope_factors_long.weight" : "rope_factors_short.weight",
                               rope.rotated / 2);
  }
}

RotaryEmbedding read_rope(Description& d, uint32_t rotated) {
  Reader& read = d.read;
  RotaryEmbedding rope;
  rope.rotated = rotated;
  rope.base = read.number("rope.freq_base", 10000);
  const double factor = read.number("rope.scaling.factor", read.number("rope.scale_linear", 0));
  const std::string type = read.text("rope.scaling.type", "linear");
  if (type != "none" && type != "linear" && type != "yarn" && type != "longrope") {
    read.refuse("rope.scaling.type", "unknown value '" + type + "'");
  }
  rope.factor = type == "none" || factor == 0 ? 1 : factor;
  rope.original_context =
      read.count("rope.scaling.original_context_length", 1u << 30, d.blueprint.context);
  if (d.row.reads_yarn_betas) {
    rope.beta_fast = read.number("rope.scaling.yarn_beta_fast", 32);
    rope.beta_slow = read.number("rope.scaling.yarn_beta_slow", 1);
  }
  rope.yarn = type == "yarn";
  if (rope.yarn) yarn_magnitude(d, rope);
  rope.magnitude *= read.number("rope.scaling.attn_factor", 1);
  if (rotated % 2 != 0 || rope.base <= 0 || rope.factor <= 0)
    read.refuse("rope", "base, factor or dimension is invalid");
  return rope;
}

// Which layers see a window only: by a list of one flag per layer, by a period n (every n-th layer sees
// all), or by the architecture's own period.
std::vector<bool> read_sliding(Description& d, uint32_t layers) {
  std::vector<bool> out(layers, false);
  if (d.row.window_pattern == 0) return out;
  d.window = d.read.count("attention.sliding_window", 1u << 30, d.row.window);
  if (d.window == 0) return out;
  const bool listed = d.read.has_key("attention.sliding_window_pattern");
  const auto pattern =
      d.read.per_layer("attention.sliding_window_pattern", layers, d.row.window_pattern, kLayerLimit);
  const auto* value =
      listed ? d.read.file.find(std::string(d.row.name) + ".attention.sliding_window_pattern") : nullptr;
  const bool per_layer = value && value->type == gguf::ValueType::array;
  for (uint32_t i = 0; i < layers; ++i) {
    const uint32_t n = pattern[i];
    out[i] = per_layer ? n != 0 : n == 0 || i % n < n - 1;
  }
  return out;
}

// Sliding layers may have angles of their own: another base, or none of the scaling that a long context
// asks for, which they never see.
RotaryEmbedding sliding_rope(Description& d, const RotaryEmbedding& full, uint32_t rotated) {
  RotaryEmbedding rope = full;
  rope.rotated = rotated;
  const auto kind = d.row.sliding_rope;
  if (kind == Architecture::SlidingRope::unscaled) {
    rope.yarn = false;
    rope.factor = rope.magnitude = 1;
    return rope;
  }
  const bool own_base = kind == Architecture::SlidingRope::base_10000_unscaled;
  if (d.row.sliding_base_key)
    rope.base = d.read.number("rope.freq_base_swa", own_base ? 10000 : full.base);
  if (own_base) rope.factor = 1;
  return rope;
}

}  // namespace

uint32_t Description::add_cache(CacheShape shape) {
  blueprint.caches.push_back(shape);
  return uint32_t(blueprint.caches.size() - 1);
}

uint32_t Description::add_state(std::string_view key, uint64_t floats) {
  if (floats > kStateLimit) {
    read.refuse_key(key, "a state of " + std::to_string(floats) + " values is more than " +
                             std::to_string(kStateLimit));
  }
  blueprint.states.push_back(uint32_t(floats));
  return uint32_t(blueprint.states.size() - 1);
}

// nextn_predict_layers: layers at the end that only help to guess further tokens; they are not read.
void read_hyperparameters(Description& d) {
  Reader& read = d.read;
  Blueprint& b = d.blueprint;
  b.context = read.count("context_length", 1u << 30);
  if (b.context == 0) read.refuse_key("context_length", "is 0");
  b.width = read.count("embedding_length", kWidestValue);
  const uint32_t blocks = read.count("block_count", kLayerLimit),
                 extra = read.count("nextn_predict_layers", kLayerLimit, 0);
  d.layers = blocks > extra ? blocks - extra : 0;
  if (d.layers == 0 || b.width == 0) return read.refuse("block_count", "no layers, or no width");
  d.heads = read.per_layer("attention.head_count", d.layers, 0, kHeadLimit);
  d.kv_heads = d.heads;
  if (read.has_key("attention.head_count_kv")) {
    d.kv_heads = read.per_layer("attention.head_count_kv", d.layers, 0, kHeadLimit);
  }
  d.feed_widths = read.per_layer("feed_forward_length", d.layers, 0, kWidestValue);
  const uint32_t heads = *std::max_element(d.heads.begin(), d.heads.end());
  const uint32_t size = heads > 0 ? b.width / heads : 0;
  d.key_size = read.count("attention.key_length", kHeadLimit, size);
  d.value_size = read.count("attention.value_length", kHeadLimit, size);
  d.experts = read.count("expert_count", kLayerLimit, 0);
  d.experts_used = read.count("expert_used_count", kLayerLimit, 0);
  if (d.experts > 0 && (d.experts_used == 0 || d.experts_used > d.experts)) {
    read.refuse("expert_used_count",
                std::to_string(d.experts_used) + " of " + std::to_string(d.experts) + " experts");
  }
  b.layer_norm = d.row.layer_norm;
  b.causal = d.row.causal;
  b.eps = read.number(d.row.layer_norm ? "attention.layer_norm_epsilon"
                                       : "attention.layer_norm_rms_epsilon");
}

void read_ropes(Description& d) {
  if (d.row.rope == Architecture::RopeStyle::none) return;
  if (d.row.granite_scales && !d.read.flag("rope.scaling.finetuned", true)) return;
  const uint32_t rotated = d.read.count("rope.dimension_count", kHeadLimit, d.key_size);
  RotaryEmbedding full = read_rope(d, rotated);
  d.sliding = read_sliding(d, d.layers);
  const uint32_t sliding_rotated = d.read.count("rope.dimension_count_swa", kHeadLimit, rotated);
  if (sliding_rotated % 2 != 0) d.read.refuse_key("rope.dimension_count_swa", "is odd");
  RotaryEmbedding sliding = sliding_rope(d, full, sliding_rotated);
  read_factors(d, full);
  if (d.row.sliding_rope == Architecture::SlidingRope::same) sliding.factors = full.factors;
  const bool slides = std::find(d.sliding.begin(), d.sliding.end(), true) != d.sliding.end();
  d.rope = add_rope(d, full);
  d.rope_sliding = slides ? add_rope(d, sliding) : *d.rope;
  if (d.row.reads_temperature) {
    d.blueprint.temperature = {d.read.number("attention.temperature_scale", 0), full.original_context};
  }
}

void read_ends(Description& d) {
  Reader& read = d.read;
  Blueprint& b = d.blueprint;
  read.leave_layers();
  const uint64_t vocabulary = read.dimension("token_embd.weight", 1);
  if (vocabulary > kWidestValue) return read.refuse_width("token_embd.weight", vocabulary, 1);
  b.vocabulary = uint32_t(vocabulary);
  b.token_table = read.matrix("token_embd.weight", b.width, b.vocabulary);
  if (read.has("position_embd.weight")) {
    const uint64_t rows = read.dimension("position_embd.weight", 1);
    b.position_table = read.matrix("position_embd.weight", b.width, rows);
    b.context = uint32_t(std::min<uint64_t>(b.context, rows));
  }
  if (read.has("token_types.weight")) {
    b.type_table = read.matrix("token_types.weight", b.width, read.dimension("token_types.weight", 1));
  }
  b.embedding_norm = read.norm(d.row.embedding_norm, b.width);
  b.output_norm = read.norm(d.row.output_norm, b.width);
  using Output = Architecture::Output;
  if (d.row.output == Output::none) return;
  const bool own =
      d.row.output == Output::own || (d.row.output == Output::own_or_tied && read.has("output.weight"));
  if (own) {
    b.output = read.linear("output", b.width, b.vocabulary);
  } else {
    b.output = {b.token_table, read.vector_if("output.bias", b.vocabulary), 1};
  }
}

void read_scales(Description& d) {
  Reader& read = d.read;
  Blueprint& b = d.blueprint;
  if (d.row.root_embedding) b.embedding_scale = std::sqrt(float(b.width));
  const auto given = [&](std::string_view key) { return read.number(key, 0); };
  if (d.row.granite_scales) {
    if (const float s = given("embedding_scale"); s != 0) b.embedding_scale = s;
    if (const float s = given("residual_scale"); s != 0) b.residual_scale = s;
  }
  if (d.row.divides_logits) {
    const float s = read.number("logit_scale");
    if (s == 0) read.refuse("logit_scale", "is 0");
    b.logit_scale = 1 / s;
  }
  if (d.row.reads_logit_scale && given("logit_scale") != 0) b.logit_scale = given("logit_scale");
  if (d.row.reads_softcaps)
    b.final_softcap = read.number("final_logit_softcapping", d.row.final_softcap);
}

Result<Blueprint> describe(const gguf::File& file, const DescribeOptions& options) {
  const auto name = TRY(file.string("general.architecture"));
  const Architecture* row = find_architecture(name);
  if (!row) {
    return fail(ErrorKind::unsupported, file.path(),
                "architecture '" + std::string(name) + "' is not known",
                "docs/architectures.md lists those that are");
  }
  Description d{Reader(file, *row, options.header_only), *row};
  read_hyperparameters(d);
  d.context = options.context > 0 ? options.context : d.blueprint.context;
  if (!d.read.error()) {
    read_ropes(d);
    read_ends(d);
    read_scales(d);
    read_layer_inputs(d);
  }
  for (uint32_t i = 0; i < d.layers && !d.read.error(); ++i)
    d.blueprint.layers.push_back(read_layer(d, i));
  if (d.read.error()) return tl::unexpected(*d.read.error());
  d.blueprint.reads = d.read.taken();
  return std::move(d.blueprint);
}

}  // namespace straddle::model
