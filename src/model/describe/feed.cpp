// Dense and sparse feed-forward as files store them.
#include "model/describe/description.h"

namespace straddle::model {
namespace {

FeedForward read_dense(Description& d, const std::string& suffix, uint64_t feed_width) {
  Reader& read = d.read;
  const uint32_t width = d.blueprint.width;
  FeedForward part;
  part.act = d.row.act;
  const std::string gate = "ffn_gate" + suffix, up = "ffn_up" + suffix;
  part.gate = read.linear_if(gate, width, feed_width);
  if (d.row.fused_gate && !part.gate.weight) {  // first the rows of gate, then those of up
    const Linear both = read.linear(up, width, 2 * feed_width);
    part.gate = rows_of(both, 0, feed_width);
    part.up = rows_of(both, feed_width, feed_width);
  } else {
    part.up = read.linear(up, width, feed_width);
  }
  part.down = read.linear("ffn_down" + suffix, feed_width, width);
  return part;
}

void read_expert_matrices(Description& d, Experts& part) {
  Reader& read = d.read;
  const uint32_t width = d.blueprint.width;
  const uint64_t columns = std::max(read.dimension("ffn_down_exps.weight", 0),
                                    read.dimension("ffn_down.0.weight", 0));
  const auto feed_width = uint32_t(std::min<uint64_t>(columns, kWidestValue));
  if (read.has("ffn_gate_up_exps.weight")) {
    const Linear both = read.experts("ffn_gate_up_exps", width, 2 * uint64_t(feed_width), part);
    if (both.bias) read.refuse("ffn_gate_up_exps.bias", "a fused bias is not known");
    part.gate = rows_of(both, 0, feed_width);
    part.up = rows_of(both, feed_width, feed_width);
  } else {
    part.gate = read.experts("ffn_gate_exps", width, feed_width, part);
    part.up = read.experts("ffn_up_exps", width, feed_width, part);
  }
  part.down = read.experts("ffn_down_exps", feed_width, width, part);
  part.down_scale = read.vector_if("ffn_down_exps.scale", part.count);
}

void read_shared(Description& d, Experts& part) {
  const uint64_t width = d.read.dimension("ffn_down_shexp.weight", 0);
  if (width == 0) return;
  part.shared = read_dense(d, "_shexp", width);
  if (d.read.has("ffn_gate_inp_shexp.weight")) {
    part.shared_gate.weight = d.read.matrix("ffn_gate_inp_shexp.weight", d.blueprint.width, 1);
  }
}

// expert_gating_func: 0 or absent = the architecture's own, 1 softmax, 2 sigmoid.
ops::Route::Gate read_gating(Description& d) {
  using Routing = Architecture::Routing;
  using Gate = ops::Route::Gate;
  const Routing routing = d.row.routing;
  if (routing == Routing::softmax_later) return Gate::softmax_later;
  if (routing == Routing::softmax) return Gate::softmax;
  // GLM-4.7-Flash files say deepseek2 and carry no key.
  const bool glm = routing == Routing::softmax_keyed && (d.layers == 47 || d.layers == 48) &&
                   d.blueprint.vocabulary == 154880;
  const uint32_t own = routing == Routing::sigmoid_keyed || glm ? 2 : 1;
  const uint32_t value = d.read.count("expert_gating_func", 16, 0);
  if (value > 2) d.read.refuse("expert_gating_func", "unknown value " + std::to_string(value));
  return (value == 0 ? own : value) == 2 ? Gate::sigmoid : Gate::softmax;
}

Experts read_experts(Description& d) {
  Reader& read = d.read;
  Experts part;
  part.count = d.experts;
  part.used = d.experts_used;
  if (part.count == 0) {
    read.refuse("expert_count", "is 0, but experts are stored");
    return part;
  }
  part.router = read.linear("ffn_gate_inp", d.blueprint.width, part.count);
  part.router.scale = 1;
  part.router_scale = read.vector_if("ffn_gate_inp.scale", d.blueprint.width);
  part.selection_bias = read.vector_if("exp_probs_b.bias", part.count);
  part.act = d.row.act;
  part.clamped = d.row.clamped;
  part.gating = read_gating(d);
  const bool keyed = d.row.routing == Architecture::Routing::softmax_keyed ||
                     d.row.routing == Architecture::Routing::sigmoid_keyed;
  part.normalise = keyed ? read.flag("expert_weights_norm", false) : d.row.normalise;
  if (keyed) {
    if (const float s = read.number("expert_weights_scale", 0); s != 0) part.weights_scale = s;
    part.groups = std::max(1u, read.count("expert_group_count", part.count, 1));
    part.groups_used = std::max(1u, read.count("expert_group_used_count", part.groups, 1));
    if (part.count % part.groups != 0 || part.used > part.count / part.groups * part.groups_used) {
      read.refuse("expert_group_count", "groups do not fit " + std::to_string(part.count) + " experts");
    }
  }
  read_expert_matrices(d, part);
  read_shared(d, part);
  return part;
}

Feed read_dense_and_experts(Description& d, uint32_t feed_width) {
  DenseAndExperts both;
  both.dense = read_dense(d, "", feed_width);
  both.experts = read_experts(d);
  const uint32_t width = d.blueprint.width;
  both.dense_after = d.read.norm("post_ffw_norm_1", width);
  both.experts_before = d.read.norm("pre_ffw_norm_2", width);
  both.experts_after = d.read.norm("post_ffw_norm_2", width);
  return both;
}

}  // namespace

Feed read_feed(Description& d, uint32_t layer) {
  if (d.row.mixer == Architecture::MixerKind::rwkv) return read_rwkv_channel(d, layer);
  const bool sparse = d.read.has("ffn_gate_inp.weight"), dense = d.read.has("ffn_down.weight");
  if (sparse && dense) return read_dense_and_experts(d, d.feed_widths[layer]);
  if (sparse) return read_experts(d);
  return read_dense(d, "", d.feed_widths[layer]);
}

}  // namespace straddle::model
