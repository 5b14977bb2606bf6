// Q2_K to Q6_K: 256 values in sub-blocks of 16 or 32, whose integer scales (and mins) share one
// half-precision scale (and one for the mins).
#include "quant/block.h"
#include "quant/families.h"
#include "quant/k_layout.h"

namespace straddle::quant {
namespace {

void unpack_two_bits(const uint8_t* bytes, int8_t* q) {
  for (int i = 0; i < kMaxBlock; ++i) q[i] = int8_t(bytes[two_bit_byte(i)] >> two_bit_shift(i) & 3);
}

// 8 scales and 8 mins of 6 bits in 12 bytes: those of 0..3 in bytes 0..3 and 4..7, those of 4..7
// have their low nibbles in bytes 8..11 and their high bits on top of bytes 0..7.
void unpack_scales_and_mins(const uint8_t* s, Integers& out) {
  for (int j = 0; j < 8; ++j) {
    const int scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
    const int min = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | s[j] >> 6 << 4;
    out.scale[2 * j] = out.scale[2 * j + 1] = int16_t(scale);
    out.min[2 * j] = out.min[2 * j + 1] = int16_t(min);
  }
}

// 4 groups of 64 columns: the low nibbles of 32 bytes, then the high ones.
void unpack_nibble_groups(const uint8_t* bytes, int8_t* q) {
  for (int i = 0; i < kMaxBlock; ++i) {
    q[i] = int8_t(bytes[i / 64 * 32 + i % 32] >> (i / 32 % 2 * 4) & 15);
  }
}

// 16 scales of 6 bits in 12 bytes, offset 32: low nibbles in bytes 0..7, high bits in bytes 8..11.
void unpack_q3_scales(const uint8_t* s, int16_t* scale) {
  for (int i = 0; i < 16; ++i) {
    const int low = s[i % 8] >> (i / 8 * 4) & 15;
    const int high = s[8 + i % 4] >> (i / 4 * 2) & 3;
    scale[i] = int16_t((low | high << 4) - 32);
  }
}

}  // namespace

void q2_k_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block + Q2K::kD);
  out.dmin = f16_at(block + Q2K::kDmin);
  for (int i = 0; i < 16; ++i) {
    out.scale[i] = block[Q2K::kScales + i] & 15;
    out.min[i] = block[Q2K::kScales + i] >> 4;
  }
  unpack_two_bits(block + Q2K::kQ, out.q);
}

void q3_k_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block + Q3K::kD);
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
  unpack_q3_scales(block + Q3K::kScales, out.scale);
  unpack_two_bits(block + Q3K::kQ, out.q);
  for (int i = 0; i < kMaxBlock; ++i) {
    if ((block[Q3K::kMask + i % 32] >> (i / 32) & 1) == 0) out.q[i] = int8_t(out.q[i] - 4);
  }
}

void q4_k_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block + Q4K::kD);
  out.dmin = f16_at(block + Q4K::kDmin);
  unpack_scales_and_mins(block + Q4K::kScales, out);
  unpack_nibble_groups(block + Q4K::kQ, out.q);
}

void q5_k_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block + Q5K::kD);
  out.dmin = f16_at(block + Q5K::kDmin);
  unpack_scales_and_mins(block + Q5K::kScales, out);
  unpack_nibble_groups(block + Q5K::kQ, out.q);
  for (int i = 0; i < kMaxBlock; ++i) {
    out.q[i] = int8_t(out.q[i] | (block[Q5K::kMask + i % 32] >> (i / 32) & 1) << 4);
  }
}

// Halves of 128 columns: 4 bits in 64 bytes (columns 0..63 low nibbles, 64..127 high ones), 2 bits
// in 32 bytes.
void q6_k_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block + Q6K::kD);
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
  for (int i = 0; i < 16; ++i) out.scale[i] = int8_t(block[Q6K::kScales + i]);
  for (int i = 0; i < kMaxBlock; ++i) {
    const int low = block[Q6K::kLow + i / 128 * 64 + i % 64] >> (i / 64 % 2 * 4) & 15;
    const int high = block[Q6K::kHigh + two_bit_byte(i)] >> two_bit_shift(i) & 3;
    out.q[i] = int8_t((low | high << 4) - 32);
  }
}

}  // namespace straddle::quant
