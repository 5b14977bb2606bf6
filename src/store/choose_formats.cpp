// Applies a recipe to the tensors of a model.
#include <algorithm>
#include <charconv>

#include "store/mix.h"

namespace straddle::store {
namespace {

using quant::Format;

// Parts of names of matrices that are kept as they are: small, or worth more than their bytes.
constexpr std::string_view kKept[] = {
    "_norm.weight",
    "ffn_gate_inp.weight",
    "position_embd",
    "token_types",
    "ssm_conv1d",
    "shortconv.conv",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "attn_rel_b.weight",
    "time_mix_first.weight",
    "time_mix_w0.weight",
    "time_mix_w1.weight",
    "time_mix_w2.weight",
    "time_mix_v0.weight",
    "time_mix_v1.weight",
    "time_mix_v2.weight",
    "time_mix_a0.weight",
    "time_mix_a1.weight",
    "time_mix_a2.weight",
    "time_mix_g1.weight",
    "time_mix_g2.weight",
    "time_mix_decay_w1",
    "time_mix_decay_w2",
    "time_mix_lerp_fused",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
    ".rel_pos",
    ".patch_embd",
    ".patch_merger",
};

bool is_matrix(const gguf::Tensor& tensor) {
  return tensor.shape[1] > 1 || tensor.shape[2] > 1 || tensor.shape[3] > 1;
}

bool may_change(const gguf::Tensor& tensor) {
  if (!is_matrix(tensor) || !tensor.name.ends_with("weight")) return false;
  if (!quant::traits(tensor.format).dequantize) return false;
  return std::none_of(std::begin(kKept), std::end(kKept),
                      [&](std::string_view part) { return tensor.name.find(part) != tensor.name.npos; });
}

// A name without "blk.N." in front and ".weight" behind, and N.
struct PlainName {
  std::string_view part;
  uint64_t layer = 0;
};

PlainName plain_name(std::string_view name) {
  PlainName out{name};
  if (name.ends_with(".weight")) out.part.remove_suffix(7);
  if (!out.part.starts_with("blk.")) return out;
  const char* end = out.part.data() + out.part.size();
  const auto number = std::from_chars(out.part.data() + 4, end, out.layer);
  if (number.ec == std::errc() && number.ptr != end && *number.ptr == '.') {
    out.part.remove_prefix(size_t(number.ptr + 1 - out.part.data()));
  }
  return out;
}

Role role_of(std::string_view part, bool tied) {
  if (part == "output") return Role::output;
  if (part == "token_embd" || part == "per_layer_token_embd")
    return tied ? Role::output : Role::embedding;
  if (part == "attn_k") return Role::keys;
  if (part == "attn_v" || part == "attn_qkv" || part == "attn_kv_b") return Role::values;
  if (part == "attn_output") return Role::attn_output;
  if (part.starts_with("ffn_down")) return Role::ffn_down;
  return Role::other;
}

bool holds(When when, const Site& site, const ModelFacts& facts) {
  const uint64_t at = site.at, of = site.of;
  switch (when) {
    case When::always:
      return true;
    case When::more_bits:
      return at < of / 8 || at >= 7 * of / 8 || (at - of / 8) % 3 == 2;
    case When::first_2:
      return at < 2;
    case When::first_4:
      return at < 4;
    case When::first_sixteenth:
      return at < of / 16;
    case When::first_eighth:
      return at < of / 8;
    case When::grouped_4:
      return facts.query_groups >= 4;
    case When::eight_experts:
      return facts.experts == 8;
    case When::stacked:
      return site.matrices > 1;
  }
  return false;
}

// Eight experts share these small matrices: bytes hardly count there.
constexpr MixRule kEveryMix[] = {
    {Role::values, When::eight_experts, Format::Q8_0},
    {Role::keys, When::eight_experts, Format::Q8_0},
};

const MixRule* first_that_holds(std::span<const MixRule> rules, const Site& site,
                                const ModelFacts& facts) {
  for (const MixRule& rule : rules) {
    if (rule.role == site.role && holds(rule.when, site, facts)) return &rule;
  }
  return nullptr;
}

// The models of 80 layers known as 70B: eight heads share one attn_v, so it is small.
bool is_70b(const ModelFacts& facts) { return facts.architecture == "llama" && facts.layers == 80; }

// Every token is chosen by it: Q6_K, or Q8_0 where that was asked for or Q6_K cannot be had.
Format of_output(Format asked, uint64_t columns) {
  return asked == Format::Q8_0 || columns % quant::kMaxBlock != 0 ? Format::Q8_0 : Format::Q6_K;
}

Format wanted(const Recipe& recipe, const Site& site, const ModelFacts& facts) {
  if (!recipe.is_mix) return recipe.format;
  if (site.role == Role::output) return of_output(recipe.format, site.columns);
  if (const MixRule* rule = first_that_holds(kEveryMix, site, facts)) return rule->format;
  const MixRule* rule = first_that_holds(recipe.rules, site, facts);
  const Format format = rule ? rule->format : recipe.format;
  const bool few_bits = format == Format::Q3_K || format == Format::Q4_K;
  return site.role == Role::values && few_bits && is_70b(facts) ? Format::Q5_K : format;
}

struct Fallback {
  Format from, to;
};

constexpr Fallback kFallbacks[] = {
    {Format::Q2_K, Format::Q4_0}, {Format::Q3_K, Format::Q4_0}, {Format::Q4_K, Format::Q5_0},
    {Format::Q5_K, Format::Q5_1}, {Format::Q6_K, Format::Q8_0}, {Format::IQ4_XS, Format::IQ4_NL},
};

// The format itself, or what takes its place in rows that are no whole number of its blocks.
Format fitting(Format format, uint64_t columns) {
  const auto fits = [&](Format f) { return columns % quant::traits(f).block_values == 0; };
  if (fits(format)) return format;
  for (const Fallback& fallback : kFallbacks) {
    if (fallback.from == format && fits(fallback.to)) return fallback.to;
  }
  return Format::F16;
}

bool is_float(Format format) { return quant::traits(format).block_values == 1; }

// Layers of the tensors with role `values`, in order.
std::vector<uint64_t> layers_of_values(std::span<const gguf::Tensor> tensors) {
  std::vector<uint64_t> out;
  for (const gguf::Tensor& tensor : tensors) {
    const PlainName name = plain_name(tensor.name);
    if (may_change(tensor) && role_of(name.part, false) == Role::values) out.push_back(name.layer);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

ModelFacts facts_of(const gguf::File& file) {
  ModelFacts facts;
  facts.architecture = file.text("general.architecture");
  const std::string prefix = facts.architecture + ".";
  facts.layers = file.integer(prefix + "block_count", 0).value_or(0);
  facts.experts = file.integer(prefix + "expert_count", 0).value_or(0);
  const auto heads = file.integers(prefix + "attention.head_count");
  const auto shared = file.integers(prefix + "attention.head_count_kv");
  const bool known = heads && shared && !heads->empty() && !shared->empty();
  if (known && heads->front() > 0 && shared->front() > 0) {
    facts.query_groups = uint64_t(heads->front() / shared->front());
  }
  return facts;
}

std::vector<Choice> choose_formats(const Recipe& recipe, const ModelFacts& facts,
                                   std::span<const gguf::Tensor> tensors) {
  const bool tied = std::none_of(tensors.begin(), tensors.end(), [](const gguf::Tensor& tensor) {
    return tensor.name == "output.weight";
  });
  const std::vector<uint64_t> values = layers_of_values(tensors);
  const auto site_of = [&](const gguf::Tensor& tensor) {
    const PlainName name = plain_name(tensor.name);
    Site site{role_of(name.part, tied), name.layer, facts.layers, tensor.shape[0], tensor.shape[2]};
    if (site.role != Role::values) return site;
    site.at = uint64_t(std::lower_bound(values.begin(), values.end(), name.layer) - values.begin());
    site.of = values.size();
    return site;
  };
  std::vector<Choice> out;
  for (const gguf::Tensor& tensor : tensors) {
    const Format asked = may_change(tensor) ? wanted(recipe, site_of(tensor), facts) : tensor.format;
    const bool trained_so = tensor.format == Format::MXFP4 && !is_float(asked);
    out.push_back({asked, trained_so ? Format::MXFP4 : fitting(asked, tensor.shape[0])});
  }
  return out;
}

}  // namespace straddle::store
