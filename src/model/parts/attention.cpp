// Attention over cached keys and values. Cut by groups of query heads that share a kv head: rows of q,
// k, v and the same columns of out.
#include <algorithm>

#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

struct Heads {
  ops::Value q, k, v, gate;
};

Heads project(Builder& b, const Attention& part, ops::Value in) {
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
  b.emit(ops::KvWrite{h.k, h.v, b.cache(part.cache, part.kv_heads)});
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
                     .cache = b.cache(part.cache, part.kv_heads),
                     .heads = part.heads,
                     .scale = part.scale,
                     .softcap = part.softcap,
                     .window = part.window,
                     .causal = part.causal,
                     .sinks = b.weight(part.sinks)});
  if (part.gated) b.emit(ops::ActGate{ops::Activation::sigmoid, h.gate, seen, seen});
  return b.linear(part.out, seen);
}

namespace {

// Of one unit: kv heads, and the query heads that read them.
struct UnitHeads {
  uint64_t kv, q;
};

// As many kv heads as it takes for columns of `out` that end on a block.
UnitHeads unit_of(const Attention& part) {
  const uint64_t each = part.heads / part.kv_heads;
  const uint64_t kv = heads_per_block(part.out.weight.format, each * part.value_size);
  return {kv, kv * each};
}

void add_projections(CutMaker& cut, const Attention& part, UnitHeads unit) {
  const uint64_t q = uint64_t(part.heads) * part.key_size, k = uint64_t(part.kv_heads) * part.key_size,
                 v = uint64_t(part.kv_heads) * part.value_size;
  const uint64_t per_q = unit.q * part.key_size, per_k = unit.kv * part.key_size,
                 per_v = unit.kv * part.value_size;
  const uint64_t gated = part.gated ? 2 : 1;  // a head's gates lie behind its queries
  cut.outputs(part.q, {0, q * gated, per_q * gated});
  cut.outputs(part.k, {0, k, per_k}).outputs(part.v, {0, v, per_v});
}

// False: the norm is over the whole vector. Weights that all heads share are copied.
bool add_norm(CutMaker& cut, const NormWeights& norm, uint64_t head, uint64_t per_unit) {
  if (!norm.weight) return true;
  if (norm.group != head) {
    cut.whole(norm);
    return false;
  }
  const uint64_t all = norm.weight.columns;
  all == head ? cut.copies(norm) : cut.numbers(norm.weight, {0, all, per_unit});
  return true;
}

// A norm's weights are shared by all heads, or lie head behind head.
NormWeights norm_of(NormWeights norm, uint64_t head, uint64_t first, uint64_t heads) {
  if (!norm.weight || norm.weight.columns == head) return norm;
  norm.weight = columns_of(norm.weight, first * head, heads * head);
  return norm;
}

}  // namespace

Attention units_of(const Attention& part, uint32_t, Units units, ops::Sum sum) {
  const UnitHeads unit = unit_of(part);
  const uint64_t each = part.heads / part.kv_heads, key = part.key_size, value = part.value_size;
  const uint64_t first = units.begin * unit.kv,
                 count = std::min(units.end * unit.kv, uint64_t(part.kv_heads)) - first;
  const uint64_t q = each * first, heads = each * count, gated = part.gated ? 2 : 1;
  Attention out = part;
  out.heads = uint32_t(heads);
  out.kv_heads = uint32_t(count);
  out.q = rows_of(part.q, q * key * gated, heads * key * gated);
  out.k = rows_of(part.k, first * key, count * key);
  out.v = rows_of(part.v, first * value, count * value);
  out.q_norm = norm_of(part.q_norm, key, q, heads);
  out.k_norm = norm_of(part.k_norm, key, first, count);
  out.sinks = columns_of(part.sinks, q, heads);
  out.out = columns_of(part.out, q * value, heads * value, sum);
  return out;
}

Part as_data(const Attention& part) {
  const UnitHeads unit = unit_of(part);
  const uint64_t columns = unit.q * part.value_size;
  CutMaker maker;
  add_projections(maker, part, unit);
  const bool q_by_heads = add_norm(maker, part.q_norm, part.key_size, unit.q * part.key_size);
  const bool k_by_heads = add_norm(maker, part.k_norm, part.key_size, unit.kv * part.key_size);
  maker.numbers(part.sinks, {0, part.heads, unit.q}).inputs(part.out, columns);
  Cut cut = q_by_heads && k_by_heads ? maker.by_columns(part.out.weight, columns) : maker.in_one();
  cut.kv_heads_per_unit = cut.units > 1 ? uint32_t(unit.kv) : part.kv_heads;
  return {.kind = PartKind::attention,
          .cuts = {std::move(cut)},
          .cache = part.cache,
          .writes_cache = bool(part.k.weight),
          .window = part.window};
}

}  // namespace straddle::model
