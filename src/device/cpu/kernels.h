// The table of kernels that exist once per instruction set. All of them give the same bytes
// (docs/numbers.md); an empty field means: use what products.cpp does without it.
//
// isa.NAME.cpp builds one table out of lanes.NAME.h and the bodies in *.inc.
#pragma once
#include <cstddef>
#include <cstdint>

#include "ops/ops.h"
#include "quant/quant.h"

namespace straddle::device::cpu {

// Weight rows that a packed layout holds side by side.
inline constexpr uint32_t kGroup = quant::kGroupRows;
// Activation rows that one call of a packed product takes at most.
inline constexpr int kTile = 8;

// Sums stand so that one 32-bit broadcast meets the even or the odd bytes of a dword of scales:
// (0,2)(1,3)(4,6)(5,7)... Static, as is all that kernels call: a shared inline function could be the
// copy that was compiled for another instruction set.
static constexpr int pair_order(int i) { return (i & ~3) | (i & 1) << 1 | (i >> 1 & 1); }

struct SumPairs {
  int16_t sixteens[16];  // sums per 16 columns
  int16_t thirties[8];   // and per 32
};

// 256 columns of a row of activations as int8 (rule 1), with the sums that unsigned weights are
// corrected by. One pointer per row reaches all of it: eight rows at a time leave no registers for
// more. A row of n columns is ceil(n / 256) units; columns that are not there are not read.
struct alignas(64) EncodedUnit {
  int8_t q[256];
  float d[8];        // per 32 columns; rule of 256: d[0]
  int16_t sums[16];  // of q, per 16 columns
  union {
    float float_sums[8];  // rule of 32: per 32 columns
    SumPairs pairs;       // rule of 256, in pair_order
  };
};

struct NormArgs {
  ops::Norm::Kind kind;
  const float* in;             // [count]
  float* out;                  // may be in
  const float *weight, *bias;  // [count] or null
  float eps;
  size_t count;
};

// A split of keys and values of one kv head (ops::Attend), page by page: keys [key_size][64], values
// [64][value_size], in f32 or f16. Pages that no query sees are not read.
struct SplitArgs {
  const void *keys[ops::kSplitTokens / ops::kPageTokens], *values[ops::kSplitTokens / ops::kPageTokens];
  ops::KvType type;
  uint32_t key_size, value_size;
  float scale, softcap;
};

// One query head of one row on its way over the splits.
struct Query {
  const float* q;        // [key_size]
  float* out;            // [value_size], sum of weights * values so far
  float top, sum;        // largest score, sum of weights relative to it
  uint32_t first, last;  // keys first .. last of this split are seen
};

// Products of 16 weight rows side by side with up to kTile rows of activations.
struct PackedArgs {
  const uint8_t* group;
  uint32_t columns, segment;
  const EncodedUnit* const* in;  // [rows]
  int rows;
  float (*out)[kGroup];  // [rows]
  const int8_t* table;   // 16 values, where codes are indices
  uint32_t ahead;        // bytes ahead that one and two rows ask for weights; changes no result
};
using PackedProduct = void (*)(const PackedArgs& args);

struct Kernels {
  const char* isa;

  // Products with float weights (rule 3), by format; n columns in segments.
  float (*dot_f32)(const float* weights, const float* x, size_t n, size_t segment);
  float (*dot_f16)(const uint16_t* weights, const float* x, size_t n, size_t segment);
  float (*dot_bf16)(const uint16_t* weights, const float* x, size_t n, size_t segment);
  // Product of a row of unpacked blocks with one row of activations (rule 2).
  float (*dot_blocks)(const quant::Integers* blocks, const quant::Traits& format, uint32_t columns,
                      uint32_t segment, const EncodedUnit* x);
  // Rows that a packed layout holds side by side; by format, null where there is none.
  PackedProduct (*packed)(quant::Format format);

  // Rule 1: count values (a multiple of 32) to units.
  void (*encode)(quant::ActivationFormat rule, const float* values, size_t count, EncodedUnit* out);

  // f16, rounded to nearest even; null: quant::to_f16 one by one.
  void (*to_halves)(const float* in, uint16_t* out, size_t n);

  void (*norm)(const NormArgs& args);
  void (*act)(ops::Activation act, const float* in, float* out, size_t n);
  void (*act_gate)(ops::Activation act, const float* gate, const float* up, float* out, size_t n);
  void (*act_gate_clamped)(const float* gate, const float* up, float* out, size_t n);
  void (*softcap)(const float* in, float* out, float cap, size_t n);
  // out = exp(in - top).
  void (*exp_below)(const float* in, float top, float* out, size_t n);
  // 64 lanes joined by halving.
  float (*sum)(const float* x, size_t n);

  // Takes queries of one kv head, in order of their rows, one split further. Each sees some of it.
  void (*attend_split)(const SplitArgs& split, Query* queries, size_t count);
  // Divides by the sum at the end; with a sink, one more score without a value.
  void (*attend_end)(Query& query, uint32_t value_size, const float* sink);

  // Yardsticks. Reads all bytes (a multiple of 256) in lines of 64, and returns something made of them.
  uint64_t (*read_lines)(const uint8_t* p, size_t bytes);
  // Multiplies int8 in registers as packed products do, `rounds` times; how many multiply-adds that was.
  uint64_t (*multiply_adds)(size_t rounds);
};

// The tables that this machine can run, the best last.
struct Isas {
  const Kernels* tables[3];
  size_t count;
};
Isas usable_isas();

}  // namespace straddle::device::cpu
