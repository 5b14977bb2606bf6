// Types only: what a device is asked to do. A Program is a list of ops over values in scratch,
// weights in buffers and caches; a Step is the batch of rows it runs on.
//
// Each op states its shapes and formula here; device/reference is the same in code. "Row" is one
// token of the Step. All values are float32 unless said otherwise. Numbers: docs/numbers.md - the
// result of a row does not depend on the other rows, on chunking, on threads or on the ISA.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "quant/quant.h"

namespace straddle::ops {

inline constexpr uint32_t kNone = ~0u;
inline constexpr uint32_t kPageTokens =
    64;  // tokens of one KV page; also the key block of attention

// ---- operands
// -------------------------------------------------------------------------------------

enum class Rows : uint8_t {
  all,     // every row of the Step
  wanted,  // the rows whose logits are wanted, in order (Step::wanted)
};

// Columns column .. column+width of a scratch matrix [rows][pitch]. `offset` counts floats per row:
// the matrix starts at float offset * (capacity of its Rows).
struct Value {
  uint32_t offset = 0, pitch = 0, column = 0, width = 0;
  Rows rows = Rows::all;
  Value columns(uint32_t first, uint32_t count) const {
    return {offset, pitch, column + first, count, rows};
  }
};

// Rows first_row .. first_row+rows of a matrix [..][columns] in a device buffer, in `format`; or
// `matrices` of them (experts, heads), matrix i starting at row first_row + i * matrix_rows.
// A vector is a matrix of one row. buffer == kNone: absent.
struct Weight {
  uint32_t buffer = kNone;
  quant::Format format = quant::Format::F32;
  uint32_t columns = 0;
  uint32_t rows = 0;
  uint64_t first_row = 0;
  uint64_t matrix_rows = 0;
  uint32_t matrices = 1;
  explicit operator bool() const { return buffer != kNone; }
};

enum class KvType : uint8_t { f32, f16 };

// Keys and values of one attention layer: key buffer [page][kv_heads][kPageTokens][key_size], value
// buffer [page][kv_heads][kPageTokens][value_size]. A sequence's page table is the same for all
// layers.
struct KvCache {
  uint32_t keys = kNone, values = kNone;  // buffers
  uint32_t kv_heads = 0, key_size = 0, value_size = 0;
  KvType type = KvType::f16;
};

// What a recurrent layer remembers of each sequence: buffer [slot][floats].
struct State {
  uint32_t buffer = kNone;
  uint32_t floats = 0;
};

// ---- ops
// ------------------------------------------------------------------------------------------

// out = scale * table[i], i = the row's token, its position, or row 0; added to out where `add`.
struct Embed {
  enum class By : uint8_t { token, position, first };
  Weight table;
  Value out;
  By by = By::token;
  float scale = 1;
  bool add = false;
};

// Over each run of `group` columns (mu = their mean, ms = mean of squares, ss = sum of squares):
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

// out[r] = scale * sum_c weight[r][c] * in[c] + bias[r]. With weight.matrices = m > 1 the value is
// cut in m runs and run i meets matrix i: in [m * columns], out [m * rows].
struct MatMul {
  Value in, out;
  Weight weight, bias;
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

// Writes the row's keys and values to its position's place in its sequence's pages.
struct KvWrite {
  Value keys, values;  // [kv_heads * key_size], [kv_heads * value_size]
  uint32_t cache = 0;
};

// Per query head h with kv head h / (heads / kv_heads), over keys j visible to the row at position
// p (j <= p where causal; p - j < window where window > 0):
//   s_j = scale * q.k_j;  s_j = softcap * tanh(s_j / softcap) where softcap > 0;
//   out = sum_j softmax(s)_j v_j, sinks[h] being one more logit without a value.
// The CPU goes over pages of kPageTokens keys in order, with a running maximum.
// Not causal: all keys of the row's sequence up to the last position of this Step.
struct Attend {
  Value queries, out;  // [heads * key_size], [heads * value_size]
  uint32_t cache = 0, heads = 0;
  float scale = 1, softcap = 0;
  uint32_t window = 0;
  bool causal = true;
  Weight sinks;
};

// silu x/(1+e^-x); gelu 0.5x(1+tanh(0.79788456(x+0.044715x^3))); relu2 max(x,0)^2; sigmoid; tanh;
// softplus; decay exp(-0.606531 sigmoid(x)).
enum class Activation : uint8_t { silu, gelu, relu2, sigmoid, tanh, softplus, decay };

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
// equal runs only the `groups_used` with the largest sum of their two best S stay; the k best S
// (smaller index on ties), best first. weights = P of those, or their softmax (softmax_later);
// normalised by max(sum, 6.103515625e-5) where asked; times scale. ids are int32 in the cells of a
// float value.
struct Route {
  enum class Gate : uint8_t { softmax, sigmoid, softmax_later };
  Value logits, ids, weights;  // [experts], [k], [k]
  Gate gate = Gate::softmax;
  Weight bias;
  uint32_t groups = 1, groups_used = 1;
  bool normalise = false;
  float scale = 1;
};

// Run j of out [k * rows] = scale[e] * (weight_e in_j + bias_e), e = ids[j]; in is [columns], one
// for all, or [k * columns]. bias: matrices x rows as a matrix [experts][rows].
struct ExpertMatMul {
  Value in, ids, out;
  Weight weight, bias, scale;
};

// out = sum over j, in order, of weights[j] * in run j of width out.width.
struct ExpertSum {
  Value in, weights, out;
};

// out = a + scale * b (scale 1: no product).
struct Add {
  Value a, b, out;
  float scale = 1;
};

// out = a * b; b may be a weight vector instead (then `by`).
struct Multiply {
  Value a, b, out;
  Weight by;
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

// Run i of out, out.width / groups wide, = the same number of columns of in's run i (in.width /
// groups wide) from column `first` of the run on.
struct Regroup {
  Value in, out;
  uint32_t groups = 1, first = 0;
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

using Op = std::variant<Embed, Norm, MatMul, Rope, ScaleRows, KvWrite, Attend, Act, ActGate,
                        ActGateClamped, Route, ExpertMatMul, ExpertSum, Add, Multiply, Scale,
                        Softcap, Regroup, Gather, Conv, Shift, ScanMamba, ScanDelta, ScanRwkv>;

struct Program {
  std::vector<Op> ops;
  std::vector<KvCache> caches;
  uint32_t row_floats = 0;     // scratch per row of the Step
  uint32_t wanted_floats = 0;  // scratch per wanted row
  Value result;                // logits (Rows::wanted), or embeddings
  uint32_t max_rows = 0;       // capacity of a Step
  uint32_t max_wanted = 0;
};

// ---- a step
// ---------------------------------------------------------------------------------------

struct SequenceView {
  std::span<const uint32_t> pages;  // page of tokens 64i .. 64i+63
  uint32_t state = 0;               // slot of recurrent states
  uint32_t length = 0;              // tokens after this Step
};

// Rows of one sequence are neighbours and in order of position.
struct Step {
  std::span<const int32_t> tokens;
  std::span<const uint32_t> positions;
  std::span<const uint32_t> sequences;  // index into views
  std::span<const SequenceView> views;
  std::span<const uint32_t> wanted;                // rows, ascending
  std::span<const std::span<const float>> angles;  // per table: [rows][rotated / 2][cos, sin]
  std::span<const float> row_factors;              // per row, or empty
};

// ---- a device
// -------------------------------------------------------------------------------------

// What a weight is, for the device to choose its layout.
struct WeightSource {
  quant::Format format;
  uint64_t columns, rows;
  std::span<const uint8_t> bytes;  // as in the file; valid while the device lives
};

// A device is this table over its own state. All calls come from one thread. After record, nothing
// is allocated.
struct DeviceTable {
  const char* name;
  Result<uint32_t> (*alloc)(void* self, uint64_t bytes);  // zeroed
  Result<uint32_t> (*load)(void* self, const WeightSource& source);
  Status (*record)(void* self, Program program);  // one Program per device, for now
  Status (*run)(void* self, const Step& step);    // done on return
  std::span<const float> (*result)(void* self);  // Program::result of the last run, [wanted][width]
  void (*clear_state)(void* self, uint32_t slot);  // zeroes a slot of every recurrent state
  uint64_t (*bytes_held)(void* self);              // memory of its own (mapped weights not counted)
  void (*destroy)(void* self);
};

class Device {
 public:
  Device(const DeviceTable* table, void* self) : table_(table), self_(self) {}
  Device(Device&& other) noexcept : table_(other.table_), self_(other.self_) {
    other.self_ = nullptr;
  }
  Device& operator=(Device&&) = delete;
  ~Device() {
    if (self_) table_->destroy(self_);
  }
  const char* name() const { return table_->name; }
  Result<uint32_t> alloc(uint64_t bytes) { return table_->alloc(self_, bytes); }
  Result<uint32_t> load(const WeightSource& source) { return table_->load(self_, source); }
  Status record(Program program) { return table_->record(self_, std::move(program)); }
  Status run(const Step& step) { return table_->run(self_, step); }
  std::span<const float> result() const { return table_->result(self_); }
  void clear_state(uint32_t slot) { table_->clear_state(self_, slot); }
  uint64_t bytes_held() const { return table_->bytes_held(self_); }

 private:
  const DeviceTable* table_;
  void* self_;
};

}  // namespace straddle::ops
