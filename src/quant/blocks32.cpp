// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0: 32 values, one half-precision scale (and an offset in the _1 forms).
#include "quant/block.h"
#include "quant/families.h"

namespace straddle::quant {
namespace {

constexpr uint32_t kColumns = 32;

// Five-bit numbers: bit 4 of column i is bit i of the mask.
void unpack_five_bits(const uint8_t* mask, const uint8_t* nibbles, int8_t* q) {
  unpack_nibbles(nibbles, q, [](int n) { return n; });
  const uint32_t high = u32_at(mask);
  for (uint32_t i = 0; i < kColumns; ++i) q[i] = int8_t(q[i] | (high >> i & 1) << 4);
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

}  // namespace straddle::quant
