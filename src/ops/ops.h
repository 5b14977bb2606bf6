// The closed list of operations. Types only: a Program is a list of ops over values in scratch,
// weights in buffers, caches and states.
//
// Each op states its shapes and formula here; device/reference is the same in code. "Row" is one token
// of the Step. All values are float32 unless said otherwise. Numbers: docs/numbers.md - the result of a
// row does not depend on the other rows, on chunking, on threads or on the ISA.
//
// A Program is plain data without pointers: it can be copied, printed and compared, and read from
// several threads.
#pragma once
#include <cstdint>
#include <variant>
#include <vector>

#include "ops/operands.h"

namespace straddle::ops {

// out = scale * table[i], i = the row's token, its position, or row 0; added to out where `add`.
struct Embed {
  enum class By : uint8_t { token, position, first };
  Weight table;
  Value out;
  By by = By::token;
  float scale = 1;
  bool add = false;
};

// Over each group of `group` columns (mu = their mean, ms = mean of squares, ss = sum of squares):
//   rms:   x / sqrt(ms + eps)           layer: (x - mu) / sqrt(mean((x - mu)^2) + eps)
//   l2:    x / sqrt(ss + eps)
// then * weight + bias where present; weight and bias are `group` long, or as wide as the value.
struct Norm {
  enum class Kind : uint8_t { rms, layer, l2 };
  Kind kind = Kind::rms;
  Value in, out;  // may be the same
  Weight weight, bias;
  float eps = 0;
  uint32_t group = 0;
};

// What a product gives of its rows, whose columns may be cut between devices (numbers.md, rule 2).
enum class Sum : uint8_t {
  finished,  // all segments added up; scale and bias applied
  running,   // the segments added up in order, from 0 on; Join goes on
  apart,     // a slice of the output for each segment, in order; Join adds them
};
inline uint64_t slices(Sum sum, const Weight& w) { return sum == Sum::apart ? segments(w) : 1; }

// out[r] = scale * sum_c weight[r][c] * in[c] + bias[r]. With weight.matrices = m > 1 the value is
// m slices, and slice i meets matrix i: in [m * columns], out [m * rows]. Not finished: m = 1, no scale
// and no bias; apart: out [segments * rows].
struct MatMul {
  Value in, out;
  Weight weight, bias;
  float scale = 1;
  Sum sum = Sum::finished;
};

// out = scale * (((running + apart_0) + apart_1) + ...) + bias: ends a product whose columns were cut.
// running [rows]; apart [n * rows], or of width 0: none.
struct Join {
  Value running, apart, out;  // out may be running
  Weight bias;
  float scale = 1;
};

// Rotates `rotated` columns of each head of `head_size`, from column `first` of the head on, by the
// angles of table `angles` of the Step: pairs (2i, 2i+1) or, neox, (i, i + rotated/2):
// (a, c) -> (a cos - c sin, a sin + c cos).
struct Rope {
  Value value;
  uint32_t head_size = 0, rotated = 0, first = 0;
  bool neox = false;
  uint32_t angles = 0;
};

// value *= Step::row_factors[row].
struct ScaleRows {
  Value value;
};

// Writes the row's keys and values to its position's place in its sequence's pages. In f16 a finite
// one that would round to infinity becomes +-65504, and is counted.
struct KvWrite {
  Value keys, values;  // [kv_heads * key_size], [kv_heads * value_size]
  uint32_t cache = 0;
};

// Per query head h with kv head h / (heads / kv_heads), over keys j visible to the row at position
// p (j <= p where causal; p - j < window where window > 0):
//   s_j = scale * q.k_j;  s_j = softcap * tanh(s_j / softcap) where softcap > 0;
//   out = sum_j softmax(s)_j v_j, sinks[h] being one more logit without a value.
// Not causal: all keys of the row's sequence up to the last position of this Step.
// Order of sums. Keys are cut in splits of kSplitTokens by position, whatever a row sees of them. A
// split begins with (top, sum, vector) = (-infinity, 0, 0); its pages of kPageTokens follow in order:
//   t = max(top, s_j of the page), f = e^(top - t), w_j = e^(s_j - t);
//   top = t, sum = sum * f + sum_j w_j in 64 lanes, vector = vector * f, then + w_j v_j key by key.
// The row begins alike, and its splits join it in order; then the sink, as (sinks[h], 1, nothing):
//   t = max(top, split.top), f = e^(top - t), g = e^(split.top - t);
//   top = t, sum = sum * f + split.sum * g, vector = vector * f + split.vector * g.
// out = vector * (1 / sum); with a sink, its f waits for this: vector * (f / sum). So a split can be
// computed wherever its keys are, and a context of one split has the bytes of one chain of pages.
struct Attend {
  Value queries, out;  // [heads * key_size], [heads * value_size]
  uint32_t cache = 0, heads = 0;
  float scale = 1, softcap = 0;
  uint32_t window = 0;
  bool causal = true;
  Weight sinks;
};

// silu x/(1+e^-x); gelu 0.5x(1+tanh(0.79788456(x+0.044715x^3))); relu2 max(x,0)^2; sigmoid; tanh;
// softplus ln(1+e^x); exp; decay exp(-0.606531 sigmoid(x)).
enum class Activation : uint8_t { silu, gelu, relu2, sigmoid, tanh, softplus, exp, decay };

// out = act(in).
struct Act {
  Activation act = Activation::silu;
  Value in, out;
};

// out = act(gate) * up; gate may be of width 1 (one factor for the row).
struct ActGate {
  Activation act = Activation::silu;
  Value gate, up, out;
};

// gpt-oss: g = min(gate, 7), u = clamp(up, -7, 7), out = g * sigmoid(1.702 g) * (u + 1).
struct ActGateClamped {
  Value gate, up, out;
};

// Chooses experts from logits [experts]: P = softmax | sigmoid | logits; S = P + bias; of `groups`
// equal groups only the `groups_used` with the largest sum of their two best S stay; the k best S
// (smaller index on ties), best first. weights = P of those, or their softmax (softmax_later);
// normalised by max(sum, 6.103515625e-5) where asked; times scale. ids are int32 in the cells of a
// float value. An S that is NaN counts as the best, and its expert's weight is NaN: it must show.
struct Route {
  enum class Gate : uint8_t { softmax, sigmoid, softmax_later };
  Value logits, ids, weights;  // [experts], [k], [k]
  Gate gate = Gate::softmax;
  Weight bias;
  uint32_t groups = 1, groups_used = 1;
  bool normalise = false;
  float scale = 1;
};

// Slice j of out [k * rows] = scale[e] * (weight_e in_j + bias_e), e = ids[j]; in is [columns], one
// for all, or [k * columns]. The matrices, bias [matrices][rows] and scale [matrices] are those of
// experts first .. first + matrices; the slice of any other id is zeros. Not finished: no bias and no
// scale; apart: out [k][segments][rows].
struct ExpertMatMul {
  Value in, ids, out;
  Weight weight, bias, scale;
  uint32_t first = 0;
  Sum sum = Sum::finished;
};

// Join for ExpertMatMul: slice j of out [k * rows] =
// scale[e] * (((running_j + apart_j0) + apart_j1) + ... + bias_e), e = ids[j].
// running [k * rows]; apart [k][n][rows], or of width 0: none. An id without bias and scale has none.
struct ExpertJoin {
  Value running, apart, ids, out;  // out may be running
  Weight bias, scale;
};

// out = sum over j, in order, of weights[j] * in's slice j of width out.width.
struct ExpertSum {
  Value in, weights, out;
};

// out = a + scale * b (scale 1: no product); b may be a weight vector instead (then `by`).
struct Add {
  Value a, b, out;
  float scale = 1;
  Weight by;
};

// out = a * b; b may be a weight vector instead (then `by`).
struct Multiply {
  Value a, b, out;
  Weight by;
};

// out += v * s, s = sum over each group of `group` columns of a * b.
struct AddGroupDot {
  Value a, b, v, out;
  uint32_t group = 0;
};

struct Scale {
  Value in, out;
  float factor = 1;
};

// out = cap * tanh(in / cap).
struct Softcap {
  Value in, out;
  float cap = 0;
};

// Copies `groups` groups of `width` columns: out[i * out_pitch + out_first + c] = in[i * in_pitch +
// in_first + c]. in_pitch 0 gives every group the same columns.
struct Regroup {
  Value in, out;
  uint32_t groups = 1, width = 0;
  uint32_t in_first = 0, in_pitch = 0, out_first = 0, out_pitch = 0;
};

// out (Rows::wanted) = the wanted rows of in (Rows::all).
struct Gather {
  Value in, out;
};

// Causal convolution per column over the sequence: out_t = act(bias + sum_j taps[c][j]
// in_{t-(w-1)+j}), zeros before the start; taps [columns][w] F32. state: the last w-1 inputs.
struct Conv {
  Value in, out;
  Weight taps, bias;
  uint32_t width = 0;
  bool silu = false;
  State state;
};

// in_{t-1} of the same sequence (zeros at the start). state: one row.
struct Shift {
  Value in, out;
  State state;
};

// Mamba: S = exp(dt * a) S + dt * u B^T; out = S C + u * d, per inner channel; a [inner][n], d
// [inner].
struct ScanMamba {
  Value u, dt, b, c, out;
  Weight a, d;
  State state;  // inner * n
};

// Gated delta rule per v head j (its q, k head: j / (nv/nk), or j % nk where interleaved):
// S = decay S; S += k (beta (v - S^T k))^T; out = S^T q. S [key][value].
struct ScanDelta {
  Value q, k, v, beta, decay, out;
  uint32_t key_heads = 0, value_heads = 0, head_size = 0;
  bool interleaved = false;
  State state;  // value_heads * head_size^2
};

// RWKV-7 per head: S = S diag(w) + v k^T + (S (-kk)) (kk * a)^T; out = S r. S [value][key].
struct ScanRwkv {
  Value r, w, k, v, kk, a, out;
  uint32_t head_size = 0;
  State state;  // width * head_size
};

// Crossings between devices, rows of `value` each: what one Program sends on a ring of the Step
// (Step::rings, ring.h) another receives, in the same order. Both wait for the other device; where that
// fails, so does the Step.
struct Send {
  Value value;
  uint32_t ring = 0;
};
struct Receive {
  Value value;
  uint32_t ring = 0;
};

using Op = std::variant<Embed, Norm, MatMul, Join, Rope, ScaleRows, KvWrite, Attend, Act, ActGate,
                        ActGateClamped, Route, ExpertMatMul, ExpertJoin, ExpertSum, Add, Multiply,
                        AddGroupDot, Scale, Softcap, Regroup, Gather, Conv, Shift, ScanMamba, ScanDelta,
                        ScanRwkv, Send, Receive>;

struct Program {
  std::vector<Op> ops;
  std::vector<KvCache> caches;
  std::vector<State> states;
  uint32_t row_floats = 0;     // scratch per row of the Step
  uint32_t wanted_floats = 0;  // scratch per wanted row
  Value result;                // logits (Rows::wanted), or embeddings; width 0: another device has them
  uint32_t max_rows = 0;       // capacity of a Step
  uint32_t max_wanted = 0;
  // Of the scratch that all values take.
  uint64_t value_bytes() const {
    return (uint64_t(row_floats) * max_rows + uint64_t(wanted_floats) * max_wanted) * sizeof(float);
  }
};

}  // namespace straddle::ops
