// What each op works on and what must hold between its operands, said once. From it come the check of a
// Program (check.h), its text (print.h), what must wait for what (footprint.h) and what a device does
// with weights. An op without its visit compiles nowhere: docs/adding-an-op.md.
//
// Pure. What a visitor is called with refers to the op and the Program: valid during the call.
#pragma once
#include <concepts>
#include <limits>

#include "base/checked.h"
#include "ops/ops.h"

namespace straddle::ops {

// What a visitor is called with, in this order: OpInfo, then values, weights, caches, states and rings,
// then attributes and rules. Operands that are absent are left out.

enum class Over : uint8_t {
  rows,      // each row meets only itself, of either kind; all values are of one kind
  step,      // rows of the Step: looks at their tokens, positions or sequences
  gathered,  // from rows of the Step to the wanted ones
};
struct OpInfo {
  const char* name;
  Over over;
};
struct Read {
  const char* name;
  const Value& value;
};
struct Write {  // changed, or made anew
  const char* name;
  const Value& value;
  bool in_place = false;  // may be the very columns of a value that is read; else all others lie apart
};
struct WeightOperand {
  const char* name;
  const Weight& weight;
  WeightUse use;
};
struct CacheOperand {
  uint32_t cache;
  bool write;
};
struct StateOperand {
  const State& state;
};
struct RingOperand {  // one value of it, sent or received
  uint32_t ring;
  bool send;
};
struct Attribute {
  const char* name;
  double value;
};
struct Rule {
  bool holds;
  const char* text;  // what should
};

// a * b, or the largest number where that wraps: no size is as large.
inline uint64_t times(uint64_t a, uint64_t b) {
  return checked_mul(a, b).value_or(std::numeric_limits<uint64_t>::max());
}
inline uint64_t count(const Weight& w) { return times(times(w.columns, w.rows), w.matrices); }
inline KvCache cache_of(const Program& p, uint32_t id) {
  return id < p.caches.size() ? p.caches[id] : KvCache{};
}

// Segments begin where blocks and encoded units of every format do.
inline Rule segment_rule(const Weight& w) {
  return {w.segment % quant::segment_columns(1) == 0,
          "its segment = the least one, times a whole number"};
}

template <class V>
void visit_operands(const Program&, const Embed& o, V&& visit) {
  visit(OpInfo{"embed", Over::step});
  visit(Write{"out", o.out});
  visit(WeightOperand{"table", o.table, WeightUse::table});
  visit(Attribute{"by", double(o.by)});
  visit(Attribute{"scale", o.scale});
  visit(Attribute{"add", double(o.add)});
  visit(Rule{o.table.columns == o.out.width && o.table.matrices == 1, "out = columns of table"});
}

template <class V>
void visit_operands(const Program&, const Norm& o, V&& visit) {
  visit(OpInfo{"norm", Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"in", o.in});
  if (o.weight) visit(WeightOperand{"weight", o.weight, WeightUse::floats});
  if (o.bias) visit(WeightOperand{"bias", o.bias, WeightUse::floats});
  visit(Attribute{"kind", double(o.kind)});
  visit(Attribute{"eps", o.eps});
  visit(Attribute{"group", double(o.group)});
  const auto fits = [&](const Weight& w) { return !w || count(w) == o.group || count(w) == o.in.width; };
  visit(Rule{o.out.width == o.in.width, "out = in"});
  visit(Rule{o.group > 0 && o.in.width % o.group == 0, "in = whole groups"});
  visit(Rule{fits(o.weight) && fits(o.bias), "weight and bias = group or in"});
}

template <class V>
void visit_operands(const Program&, const MatMul& o, V&& visit) {
  visit(OpInfo{"matmul", Over::rows});
  visit(Write{"out", o.out});
  visit(Read{"in", o.in});
  visit(WeightOperand{"weight", o.weight, WeightUse::product});
  if (o.bias) visit(WeightOperand{"bias", o.bias, WeightUse::floats});
  visit(Attribute{"scale", o.scale});
  visit(Attribute{"sum", double(o.sum)});
  visit(segment_rule(o.weight));
  const bool finished = o.sum == Sum::finished;
  visit(Rule{o.in.width == times(o.weight.columns, o.weight.matrices), "in = columns x matrices"});
  visit(Rule{o.out.width == times(slices(o.sum, o.weight), times(o.weight.rows, o.weight.matrices)),
             "out = rows x matrices, or segments x rows"});
  visit(Rule{!o.bias || count(o.bias) == o.out.width, "bias = out"});
  visit(Rule{finished || (o.weight.matrices == 1 && !o.bias && o.scale == 1),
             "one matrix, without scale and bias, where not finished"});
}

template <class V>
void visit_operands(const Program&, const Join& o, V&& visit) {
  visit(OpInfo{"join", Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"running", o.running});
  if (o.apart.width > 0) visit(Read{"apart", o.apart});
  if (o.bias) visit(WeightOperand{"bias", o.bias, WeightUse::floats});
  visit(Attribute{"scale", o.scale});
  visit(Rule{o.running.width == o.out.width, "running = out"});
  visit(Rule{o.out.width > 0 && o.apart.width % o.out.width == 0, "apart = slices of out"});
  visit(Rule{!o.bias || count(o.bias) == o.out.width, "bias = out"});
}

template <class V>
void visit_operands(const Program&, const Rope& o, V&& visit) {
  visit(OpInfo{"rope", Over::step});
  visit(Write{"value", o.value});
  visit(Attribute{"head_size", double(o.head_size)});
  visit(Attribute{"rotated", double(o.rotated)});
  visit(Attribute{"first", double(o.first)});
  visit(Attribute{"neox", double(o.neox)});
  visit(Attribute{"angles", double(o.angles)});
  visit(Rule{o.head_size > 0 && o.value.width % o.head_size == 0, "value = whole heads"});
  visit(Rule{uint64_t(o.first) + o.rotated <= o.head_size, "first + rotated lie in a head"});
  visit(Rule{o.rotated % 2 == 0, "rotated = pairs"});
}

template <class V>
void visit_operands(const Program&, const ScaleRows& o, V&& visit) {
  visit(OpInfo{"scale_rows", Over::step});
  visit(Write{"value", o.value});
}

template <class V>
void visit_operands(const Program& p, const KvWrite& o, V&& visit) {
  const KvCache c = cache_of(p, o.cache);
  visit(OpInfo{"kv_write", Over::step});
  visit(Read{"keys", o.keys});
  visit(Read{"values", o.values});
  visit(CacheOperand{o.cache, true});
  visit(Rule{o.keys.width == times(c.kv_heads, c.key_size), "keys = kv heads x key size"});
  visit(Rule{o.values.width == times(c.kv_heads, c.value_size), "values = kv heads x value size"});
}

template <class V>
void visit_operands(const Program& p, const Attend& o, V&& visit) {
  const KvCache c = cache_of(p, o.cache);
  visit(OpInfo{"attend", Over::step});
  visit(Write{"out", o.out});
  visit(Read{"queries", o.queries});
  if (o.sinks) visit(WeightOperand{"sinks", o.sinks, WeightUse::floats});
  visit(CacheOperand{o.cache, false});
  visit(Attribute{"heads", double(o.heads)});
  visit(Attribute{"scale", o.scale});
  visit(Attribute{"softcap", o.softcap});
  visit(Attribute{"window", double(o.window)});
  visit(Attribute{"causal", double(o.causal)});
  visit(Rule{c.kv_heads > 0 && o.heads % c.kv_heads == 0, "heads = a whole number for each kv head"});
  visit(Rule{o.queries.width == times(o.heads, c.key_size), "queries = heads x key size"});
  visit(Rule{o.out.width == times(o.heads, c.value_size), "out = heads x value size"});
  visit(Rule{!o.sinks || count(o.sinks) == o.heads, "sinks = heads"});
}

template <class V>
void visit_operands(const Program&, const Act& o, V&& visit) {
  visit(OpInfo{"act", Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"in", o.in});
  visit(Attribute{"act", double(o.act)});
  visit(Rule{o.out.width == o.in.width, "out = in"});
}

template <class V>
void visit_operands(const Program&, const ActGate& o, V&& visit) {
  visit(OpInfo{"act_gate", Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"gate", o.gate});
  visit(Read{"up", o.up});
  visit(Attribute{"act", double(o.act)});
  visit(Rule{o.gate.width == o.out.width || o.gate.width == 1, "gate = out or 1"});
  visit(Rule{o.up.width == o.out.width, "up = out"});
}

template <class V>
void visit_operands(const Program&, const ActGateClamped& o, V&& visit) {
  visit(OpInfo{"act_gate_clamped", Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"gate", o.gate});
  visit(Read{"up", o.up});
  visit(Rule{o.gate.width == o.out.width && o.up.width == o.out.width, "gate = up = out"});
}

template <class V>
void visit_operands(const Program&, const Route& o, V&& visit) {
  visit(OpInfo{"route", Over::rows});
  visit(Write{"ids", o.ids});
  visit(Write{"weights", o.weights});
  visit(Read{"logits", o.logits});
  if (o.bias) visit(WeightOperand{"bias", o.bias, WeightUse::floats});
  visit(Attribute{"gate", double(o.gate)});
  visit(Attribute{"groups", double(o.groups)});
  visit(Attribute{"groups_used", double(o.groups_used)});
  visit(Attribute{"normalise", double(o.normalise)});
  visit(Attribute{"scale", o.scale});
  const uint32_t experts = o.logits.width;
  visit(Rule{o.weights.width == o.ids.width, "weights = ids"});
  visit(Rule{o.groups > 0 && experts % o.groups == 0, "logits = whole groups"});
  visit(Rule{o.groups_used > 0 && o.groups_used <= o.groups, "groups used = 1 .. groups"});
  visit(Rule{o.groups == 0 || o.ids.width <= times(experts / o.groups, o.groups_used),
             "no more ids than experts in the groups used"});
  visit(Rule{!o.bias || count(o.bias) == experts, "bias = logits"});
}

template <class V>
void visit_operands(const Program&, const ExpertMatMul& o, V&& visit) {
  visit(OpInfo{"expert_matmul", Over::rows});
  visit(Write{"out", o.out});
  visit(Read{"in", o.in});
  visit(Read{"ids", o.ids});
  visit(WeightOperand{"weight", o.weight, WeightUse::product});
  if (o.bias) visit(WeightOperand{"bias", o.bias, WeightUse::floats});
  if (o.scale) visit(WeightOperand{"scale", o.scale, WeightUse::floats});
  visit(Attribute{"first", double(o.first)});
  visit(Attribute{"sum", double(o.sum)});
  visit(segment_rule(o.weight));
  visit(Rule{o.in.width == o.weight.columns || o.in.width == times(o.ids.width, o.weight.columns),
             "in = columns, or ids x columns"});
  visit(Rule{o.out.width == times(slices(o.sum, o.weight), times(o.ids.width, o.weight.rows)),
             "out = ids x rows, or ids x segments x rows"});
  visit(Rule{!o.bias || count(o.bias) == times(o.weight.rows, o.weight.matrices),
             "bias = matrices x rows"});
  visit(Rule{!o.scale || count(o.scale) == o.weight.matrices, "scale = matrices"});
  visit(Rule{o.sum == Sum::finished || (!o.bias && !o.scale), "no scale, no bias where not finished"});
}

template <class V>
void visit_operands(const Program&, const ExpertJoin& o, V&& visit) {
  visit(OpInfo{"expert_join", Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"running", o.running});
  visit(Read{"ids", o.ids});
  if (o.apart.width > 0) visit(Read{"apart", o.apart});
  if (o.bias) visit(WeightOperand{"bias", o.bias, WeightUse::floats});
  if (o.scale) visit(WeightOperand{"scale", o.scale, WeightUse::floats});
  const uint32_t slice = o.ids.width > 0 ? o.out.width / o.ids.width : 0;
  visit(Rule{o.running.width == o.out.width, "running = out"});
  visit(Rule{slice > 0 && o.out.width % o.ids.width == 0, "out = a slice for each id"});
  visit(Rule{o.out.width > 0 && o.apart.width % o.out.width == 0, "apart = slices of out"});
  visit(Rule{!o.bias || (slice > 0 && count(o.bias) % slice == 0), "bias = experts x slice"});
  visit(Rule{!o.bias || !o.scale || count(o.bias) == times(count(o.scale), slice), "scale = experts"});
}

template <class V>
void visit_operands(const Program&, const ExpertSum& o, V&& visit) {
  visit(OpInfo{"expert_sum", Over::rows});
  visit(Write{"out", o.out});
  visit(Read{"in", o.in});
  visit(Read{"weights", o.weights});
  visit(Rule{o.in.width == times(o.weights.width, o.out.width), "in = weights x out"});
}

// Add and Multiply: the second operand is a value, or a vector of weights that repeats.
template <class V, class Pairwise>
void visit_pair(const char* name, const Pairwise& o, V&& visit) {
  visit(OpInfo{name, Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"a", o.a});
  if (o.by) visit(WeightOperand{"by", o.by, WeightUse::floats});
  if (!o.by) visit(Read{"b", o.b});
  visit(Rule{o.a.width == o.out.width, "a = out"});
  visit(Rule{o.by ? count(o.by) > 0 && o.out.width % count(o.by) == 0 : o.b.width == o.out.width,
             "b = out, or by = a whole part of out"});
}

template <class V>
void visit_operands(const Program&, const Add& o, V&& visit) {
  visit_pair("add", o, visit);
  visit(Attribute{"scale", o.scale});
}

template <class V>
void visit_operands(const Program&, const Multiply& o, V&& visit) {
  visit_pair("multiply", o, visit);
}

template <class V>
void visit_operands(const Program&, const AddGroupDot& o, V&& visit) {
  visit(OpInfo{"add_group_dot", Over::rows});
  visit(Write{"out", o.out});
  visit(Read{"a", o.a});
  visit(Read{"b", o.b});
  visit(Read{"v", o.v});
  visit(Attribute{"group", double(o.group)});
  const uint32_t n = o.out.width;
  visit(Rule{o.a.width == n && o.b.width == n && o.v.width == n, "a = b = v = out"});
  visit(Rule{o.group > 0 && n % o.group == 0, "out = whole groups"});
}

template <class V>
void visit_operands(const Program&, const Scale& o, V&& visit) {
  visit(OpInfo{"scale", Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"in", o.in});
  visit(Attribute{"factor", o.factor});
  visit(Rule{o.out.width == o.in.width, "out = in"});
}

template <class V>
void visit_operands(const Program&, const Softcap& o, V&& visit) {
  visit(OpInfo{"softcap", Over::rows});
  visit(Write{"out", o.out, true});
  visit(Read{"in", o.in});
  visit(Attribute{"cap", o.cap});
  visit(Rule{o.out.width == o.in.width, "out = in"});
}

template <class V>
void visit_operands(const Program&, const Regroup& o, V&& visit) {
  visit(OpInfo{"regroup", Over::rows});
  visit(Write{"out", o.out});
  visit(Read{"in", o.in});
  visit(Attribute{"groups", double(o.groups)});
  visit(Attribute{"width", double(o.width)});
  visit(Attribute{"in_first", double(o.in_first)});
  visit(Attribute{"in_pitch", double(o.in_pitch)});
  visit(Attribute{"out_first", double(o.out_first)});
  visit(Attribute{"out_pitch", double(o.out_pitch)});
  const auto fits = [&](const Value& v, uint32_t first, uint32_t pitch) {
    const uint64_t before = times(o.groups - 1, pitch), end = uint64_t(first) + o.width;
    return o.groups > 0 && end <= v.width && before <= v.width - end;
  };
  visit(Rule{fits(o.in, o.in_first, o.in_pitch), "the last group lies in in"});
  visit(Rule{fits(o.out, o.out_first, o.out_pitch), "the last group lies in out"});
}

template <class V>
void visit_operands(const Program&, const Gather& o, V&& visit) {
  visit(OpInfo{"gather", Over::gathered});
  visit(Write{"out", o.out});
  visit(Read{"in", o.in});
  visit(Rule{o.out.width == o.in.width, "out = in"});
}

template <class V>
void visit_operands(const Program&, const Conv& o, V&& visit) {
  visit(OpInfo{"conv", Over::step});
  visit(Write{"out", o.out});
  visit(Read{"in", o.in});
  visit(WeightOperand{"taps", o.taps, WeightUse::floats});
  if (o.bias) visit(WeightOperand{"bias", o.bias, WeightUse::floats});
  visit(StateOperand{o.state});
  visit(Attribute{"width", double(o.width)});
  visit(Attribute{"silu", double(o.silu)});
  visit(Rule{o.out.width == o.in.width, "out = in"});
  visit(
      Rule{o.width > 0 && o.taps.columns == o.width && o.taps.rows == o.in.width && o.taps.matrices == 1,
           "taps = in x width"});
  visit(Rule{!o.bias || count(o.bias) == o.in.width, "bias = in"});
  visit(
      Rule{o.width > 0 && o.state.floats == times(o.in.width, o.width - 1), "state = in x (width - 1)"});
}

template <class V>
void visit_operands(const Program&, const Shift& o, V&& visit) {
  visit(OpInfo{"shift", Over::step});
  visit(Write{"out", o.out});
  visit(Read{"in", o.in});
  visit(StateOperand{o.state});
  visit(Rule{o.out.width == o.in.width && o.state.floats == o.in.width, "out = in = state"});
}

template <class V>
void visit_operands(const Program&, const ScanMamba& o, V&& visit) {
  visit(OpInfo{"scan_mamba", Over::step});
  visit(Write{"out", o.out});
  visit(Read{"u", o.u});
  visit(Read{"dt", o.dt});
  visit(Read{"b", o.b});
  visit(Read{"c", o.c});
  visit(WeightOperand{"a", o.a, WeightUse::floats});
  visit(WeightOperand{"d", o.d, WeightUse::floats});
  visit(StateOperand{o.state});
  const uint32_t inner = o.out.width, n = o.b.width;
  visit(Rule{o.u.width == inner && o.dt.width == inner, "u = dt = out"});
  visit(Rule{o.c.width == n, "c = b"});
  visit(Rule{o.a.columns == n && o.a.rows == inner && o.a.matrices == 1, "a = out x b"});
  visit(Rule{count(o.d) == inner, "d = out"});
  visit(Rule{o.state.floats == times(inner, n), "state = out x b"});
}

template <class V>
void visit_operands(const Program&, const ScanDelta& o, V&& visit) {
  visit(OpInfo{"scan_delta", Over::step});
  visit(Write{"out", o.out});
  visit(Read{"q", o.q});
  visit(Read{"k", o.k});
  visit(Read{"v", o.v});
  visit(Read{"beta", o.beta});
  visit(Read{"decay", o.decay});
  visit(StateOperand{o.state});
  visit(Attribute{"key_heads", double(o.key_heads)});
  visit(Attribute{"value_heads", double(o.value_heads)});
  visit(Attribute{"head_size", double(o.head_size)});
  visit(Attribute{"interleaved", double(o.interleaved)});
  const uint64_t keys = times(o.key_heads, o.head_size), values = times(o.value_heads, o.head_size);
  visit(Rule{o.key_heads > 0 && o.value_heads % o.key_heads == 0,
             "value heads = a whole number for each key head"});
  visit(Rule{o.q.width == keys && o.k.width == keys, "q = k = key heads x head size"});
  visit(Rule{o.v.width == values && o.out.width == values, "v = out = value heads x head size"});
  visit(Rule{o.beta.width == o.value_heads && o.decay.width == o.value_heads,
             "beta = decay = value heads"});
  visit(Rule{o.state.floats == times(values, o.head_size), "state = out x head size"});
}

template <class V>
void visit_operands(const Program&, const ScanRwkv& o, V&& visit) {
  visit(OpInfo{"scan_rwkv", Over::step});
  visit(Write{"out", o.out});
  visit(Read{"r", o.r});
  visit(Read{"w", o.w});
  visit(Read{"k", o.k});
  visit(Read{"v", o.v});
  visit(Read{"kk", o.kk});
  visit(Read{"a", o.a});
  visit(StateOperand{o.state});
  visit(Attribute{"head_size", double(o.head_size)});
  const uint32_t n = o.out.width;
  visit(Rule{o.r.width == n && o.w.width == n && o.k.width == n && o.v.width == n && o.kk.width == n &&
                 o.a.width == n,
             "r = w = k = v = kk = a = out"});
  visit(Rule{o.head_size > 0 && n % o.head_size == 0, "out = whole heads"});
  visit(Rule{o.state.floats == times(n, o.head_size), "state = out x head size"});
}

template <class V>
void visit_operands(const Program&, const Send& o, V&& visit) {
  visit(OpInfo{"send", Over::rows});
  visit(Read{"value", o.value});
  visit(RingOperand{o.ring, true});
}

template <class V>
void visit_operands(const Program&, const Receive& o, V&& visit) {
  visit(OpInfo{"receive", Over::rows});
  visit(Write{"value", o.value});
  visit(RingOperand{o.ring, false});
}

// The same for any op. Constrained, or an op without its visit would come back here by itself.
template <std::same_as<Op> Any, class V>
void visit_operands(const Program& program, const Any& op, V&& visit) {
  std::visit([&](const auto& one) { visit_operands(program, one, visit); }, op);
}

}  // namespace straddle::ops
