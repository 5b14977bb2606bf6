// Attention over cached keys and values. May be cut by groups of query heads that share a kv head: rows
// of q, k, v and the same columns of out.
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

struct Heads {
  ops::Value q, k, v, gate;
};

void add_bias(Builder& b, ops::Value value, const TensorRef& bias) {
  if (bias) b.emit(ops::Add{.a = value, .out = value, .by = b.on_device(bias)});
}

// One product where the file has q, k and v in one matrix: its columns are the three values.
Heads project(Builder& b, const Attention& part, ops::Value in) {
  const uint32_t q_width = part.heads * part.key_size, k_width = part.kv_heads * part.key_size;
  if (part.qkv.weight) {
    const auto fused = b.linear(part.qkv, in);
    const Heads h{fused.columns(0, q_width),
                  fused.columns(q_width, k_width),
                  fused.columns(q_width + k_width, part.kv_heads * part.value_size),
                  {}};
    add_bias(b, h.q, part.q.bias);
    add_bias(b, h.k, part.k.bias);
    add_bias(b, h.v, part.v.bias);
    return h;
  }
  Heads h{b.linear(part.q, in), {}, {}, {}};
  if (part.gated) {  // per head: queries, then gates
    const auto both = h.q;
    h.q = b.copy_groups(both, part.heads, 0, part.key_size);
    h.gate = b.copy_groups(both, part.heads, part.key_size, part.key_size);
  }
  if (part.k.weight) h.k = b.linear(part.k, in);
  if (part.v.weight) h.v = b.linear(part.v, in);
  if (part.value_is_key) h.v = b.copy_groups(h.k, 1, 0, h.k.width);  // before k is normed and rotated
  return h;
}

// Keys are cached normed and rotated: they never change again, whatever token asks for them.
void write_keys(Builder& b, const Attention& part, const Heads& h) {
  b.norm_in_place(part.k_norm, h.k);
  b.norm_in_place(part.v_norm, h.v);
  if (part.rope) b.rope(h.k, part.key_size, 0, *part.rope, part.neox);
  b.emit(ops::KvWrite{h.k, h.v, part.cache});
}

}  // namespace

ops::Value compute(Builder& b, const Attention& part, ops::Value in) {
  const Heads h = project(b, part, in);
  if (h.k.width > 0) write_keys(b, part, h);
  b.norm_in_place(part.q_norm, h.q);
  if (part.rope) b.rope(h.q, part.key_size, 0, *part.rope, part.neox);
  if (part.scale_positions) b.emit(ops::ScaleRows{h.q});
  const auto seen = b.value(uint64_t(part.heads) * part.value_size);
  b.emit(ops::Attend{.queries = h.q,
                     .out = seen,
                     .cache = part.cache,
                     .heads = part.heads,
                     .scale = part.scale,
                     .softcap = part.softcap,
                     .window = part.window,
                     .causal = part.causal,
                     .sinks = b.on_device(part.sinks)});
  if (part.gated) b.emit(ops::ActGate{ops::Activation::sigmoid, h.gate, seen, seen});
  return b.linear(part.out, seen);
}

}  // namespace straddle::model
