// Multi-head latent attention (DeepSeek-V2): what is cached per token is one vector of rank + rotated
// values. Cut by heads: rows of q, matrices of k_up and v_up (rows of kv_up), columns of out. What makes
// the shared vector is small, and copied.
#include <algorithm>

#include "model/parts/cut_maker.h"
#include "model/parts/parts.h"

namespace straddle::model {
namespace {

// Puts `from`, `width` columns a group (the same for all where in_pitch is 0), into groups of `to`.
void place(Builder& b, ops::Value from, uint32_t in_first, uint32_t in_pitch, ops::Value to,
           uint32_t first, uint32_t width, uint32_t groups) {
  b.emit(ops::Regroup{from, to, groups, width, in_first, in_pitch, first, to.width / groups});
}

// Keys and queries in the space of the shared vector: k_up is multiplied into the queries instead, and
// v_up into what attention gives. So the cache holds one key of rank + rotated
// and one value of rank numbers per token, whatever the heads are.
ops::Value absorbed(Builder& b, const LatentAttention& p, ops::Value q, ops::Value shared) {
  const uint32_t head = p.plain + p.rotated, key = p.rank + p.rotated;
  const auto plain = b.copy_groups(q, p.heads, 0, p.plain);
  const auto lifted = b.linear(p.k_up, plain);
  const auto queries = b.value(uint64_t(p.heads) * key);
  place(b, lifted, 0, p.rank, queries, 0, p.rank, p.heads);
  place(b, q, p.plain, head, queries, p.rank, p.rotated, p.heads);
  const uint32_t cache = b.cache(p.cache, 1);
  b.emit(ops::KvWrite{shared, shared.columns(0, p.rank), cache});
  const auto seen = b.value(uint64_t(p.heads) * p.rank);
  b.emit(
      ops::Attend{.queries = queries, .out = seen, .cache = cache, .heads = p.heads, .scale = p.scale});
  return b.linear(p.v_up, seen);
}

// Old files: kv_up gives every head's own keys and values, and the cache holds them all.
ops::Value expanded(Builder& b, const LatentAttention& p, ops::Value q, ops::Value shared) {
  const uint32_t head = p.plain + p.rotated, both = p.plain + p.value_size;
  const auto raised = b.linear(p.kv_up, shared.columns(0, p.rank));
  const auto keys = b.value(uint64_t(p.heads) * head);
  place(b, raised, 0, both, keys, 0, p.plain, p.heads);
  place(b, shared, p.rank, 0, keys, p.plain, p.rotated, p.heads);
  const uint32_t cache = b.cache(p.cache, p.heads);
  b.emit(ops::KvWrite{keys, b.copy_groups(raised, p.heads, p.plain, p.value_size), cache});
  const auto seen = b.value(uint64_t(p.heads) * p.value_size);
  b.emit(ops::Attend{.queries = q, .out = seen, .cache = cache, .heads = p.heads, .scale = p.scale});
  return seen;
}

}  // namespace

ops::Value compute(Builder& b, const LatentAttention& p, ops::Value in) {
  ops::Value low = in;
  if (p.q_down.weight) low = b.norm(p.q_norm, b.linear(p.q_down, in));
  const auto q = b.linear(p.q, low);
  b.rope(q, p.plain + p.rotated, p.plain, p.rope, false);
  const auto shared = b.linear(p.kv_down, in);  // rank values, then the rotated key of all heads
  b.norm_in_place(p.kv_norm, shared.columns(0, p.rank));
  b.rope(shared.columns(p.rank, p.rotated), p.rotated, 0, p.rope, false);
  const auto seen = p.kv_up.weight ? expanded(b, p, q, shared) : absorbed(b, p, q, shared);
  return b.linear(p.out, seen);
}

LatentAttention units_of(const LatentAttention& p, uint32_t, Units units, ops::Sum sum) {
  const uint64_t unit = heads_per_block(p.out.weight.format, p.value_size);
  const uint64_t head = p.plain + p.rotated, both = p.plain + p.value_size;
  const uint64_t first = units.begin * unit,
                 heads = std::min(units.end * unit, uint64_t(p.heads)) - first;
  LatentAttention out = p;
  out.heads = uint32_t(heads);
  out.q = rows_of(p.q, first * head, heads * head);
  out.kv_up = rows_of(p.kv_up, first * both, heads * both);
  out.k_up = matrices_of(p.k_up, first, heads);
  out.v_up = matrices_of(p.v_up, first, heads);
  out.out = columns_of(p.out, first * p.value_size, heads * p.value_size, sum);
  return out;
}

// A cache of shared vectors is whole wherever there is a head that reads it; one of expanded heads is
// cut.
Part as_data(const LatentAttention& p) {
  const uint64_t unit = heads_per_block(p.out.weight.format, p.value_size);
  const uint64_t columns = unit * p.value_size, head = p.plain + p.rotated;
  CutMaker maker;
  maker.copies(p.q_down).copies(p.q_norm).copies(p.kv_down).copies(p.kv_norm);
  maker.outputs(p.q, unit * head).outputs(p.kv_up, unit * (p.plain + p.value_size));
  maker.matrices(p.k_up, unit).matrices(p.v_up, unit).inputs(p.out, columns);
  Cut cut = maker.by_columns(p.out.weight, columns);
  if (p.kv_up.weight) cut.kv_heads_per_unit = cut.units > 1 ? uint32_t(unit) : p.heads;
  return {.kind = PartKind::attention, .cuts = {std::move(cut)}, .cache = p.cache, .writes_cache = true};
}

}  // namespace straddle::model
