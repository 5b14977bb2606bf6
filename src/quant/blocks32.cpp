// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0: 32 values, one half-precision scale (and an offset in the _1 forms).
#include "quant/block.h"
#include "quant/families.h"
#include "quant/fit.h"

namespace straddle::quant {
namespace {

constexpr uint32_t kColumns = 32;

// Five-bit numbers: bit 4 of column i is bit i of the mask.
void unpack_five_bits(const uint8_t* mask, const uint8_t* nibbles, int8_t* q) {
  unpack_nibbles(nibbles, q, [](int n) { return n; });
  const uint32_t high = u32_at(mask);
  for (uint32_t i = 0; i < kColumns; ++i) q[i] = int8_t(q[i] | (high >> i & 1) << 4);
}

// Integers from `offset` below zero on: the fifth bits into the mask, the rest into nibbles.
void pack_five_bits(const int8_t* q, int offset, uint8_t* mask, uint8_t* nibbles) {
  int8_t bits[kColumns];
  std::fill_n(mask, 4, uint8_t(0));
  for (uint32_t i = 0; i < kColumns; ++i) {
    bits[i] = int8_t(q[i] + offset);
    mask[i / 8] = uint8_t(mask[i / 8] | (bits[i] >> 4) << i % 8);
  }
  pack_nibbles(bits, nibbles);
}

// The levels are not symmetric: the largest value, whatever its sign, may stand at `lowest`, so d may be
// negative.
// Finds a scale for integers from `lowest` to -lowest - 1, puts it at `block` and gives the integers.
void encode_symmetric(const float* values, const float* weight, float lowest, uint8_t* block,
                      int8_t* q) {
  float weights[kColumns];
  weigh(values, weight, kColumns, weights);
  const Integral nearest{lowest, -lowest - 1};
  const uint16_t d = to_scale(best_scale({values, weights, kColumns}, lowest, 0.1f, nearest));
  put_u16(block, d);
  const float inverse = inverse_of(from_f16(d));
  for (uint32_t i = 0; i < kColumns; ++i) q[i] = int8_t(nearest(values[i] * inverse));
}

// Finds scale and offset for integers from 0 to `levels`, puts both at `block` and gives the integers.
void encode_offset(const float* values, const float* weight, int levels, uint8_t* block, int8_t* q) {
  float weights[kColumns];
  weigh(values, weight, kColumns, weights);
  const ScaleAndMin fit = best_scale_and_min({values, weights, kColumns}, levels, false);
  const uint16_t d = to_scale(fit.scale), min = to_scale(fit.min);
  put_u16(block, d);
  put_u16(block + 2, min);
  const Integral nearest{0, float(levels)};
  const float inverse = inverse_of(from_f16(d)), offset = from_f16(min);
  for (uint32_t i = 0; i < kColumns; ++i) q[i] = int8_t(nearest((values[i] - offset) * inverse));
}

}  // namespace

void q4_0_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block);
  out.dmin = 0;
  fill_scales(out, kColumns);
  unpack_nibbles(block + 2, out.q, [](int n) { return n - 8; });
}

void q4_1_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block);
  out.dmin = f16_at(block + 2);
  fill_scales(out, kColumns, 1, 1);
  unpack_nibbles(block + 4, out.q, [](int n) { return n; });
}

void q5_0_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block);
  out.dmin = 0;
  fill_scales(out, kColumns);
  unpack_five_bits(block + 2, block + 6, out.q);
  for (uint32_t i = 0; i < kColumns; ++i) out.q[i] = int8_t(out.q[i] - 16);
}

void q5_1_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block);
  out.dmin = f16_at(block + 2);
  fill_scales(out, kColumns, 1, 1);
  unpack_five_bits(block + 4, block + 8, out.q);
}

void q8_0_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block);
  out.dmin = 0;
  fill_scales(out, kColumns);
  for (uint32_t i = 0; i < kColumns; ++i) out.q[i] = int8_t(block[2 + i]);
}

void q4_0_encode(const float* values, const float* weight, uint8_t* block) {
  int8_t q[kColumns];
  encode_symmetric(values, weight, -8, block, q);
  for (int8_t& level : q) level = int8_t(level + 8);
  pack_nibbles(q, block + 2);
}

void q4_1_encode(const float* values, const float* weight, uint8_t* block) {
  int8_t q[kColumns];
  encode_offset(values, weight, 15, block, q);
  pack_nibbles(q, block + 4);
}

void q5_0_encode(const float* values, const float* weight, uint8_t* block) {
  int8_t q[kColumns];
  encode_symmetric(values, weight, -16, block, q);
  pack_five_bits(q, 16, block + 2, block + 6);
}

void q5_1_encode(const float* values, const float* weight, uint8_t* block) {
  int8_t q[kColumns];
  encode_offset(values, weight, 31, block, q);
  pack_five_bits(q, 0, block + 4, block + 8);
}

// The largest value becomes 127: with so many levels a search gains nothing.
void q8_0_encode(const float* values, const float*, uint8_t* block) {
  const uint16_t d = to_scale(std::fabs(extreme(values, kColumns)) / 127);
  put_u16(block, d);
  const Integral nearest{-127, 127};
  const float inverse = inverse_of(from_f16(d));
  for (uint32_t i = 0; i < kColumns; ++i) block[2 + i] = uint8_t(int8_t(nearest(values[i] * inverse)));
}

}  // namespace straddle::quant
