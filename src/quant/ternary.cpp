// TQ1_0 and TQ2_0: -1, 0, 1 times one half-precision scale per 256 values.
#include "quant/block.h"
#include "quant/families.h"

namespace straddle::quant {
namespace {

// A byte holds 5 trits as a fraction of 256, rounded up: the first is floor(3 byte / 256), the next
// ones follow after multiplying by 3 (mod 256).
// Bytes [count] give columns j, j + count, j + 2 count ... of `trits` rows.
int8_t* unpack_trits(const uint8_t* bytes, int count, int trits, int8_t* q) {
  for (int n = 0, power = 1; n < trits; ++n, power *= 3) {
    for (int i = 0; i < count; ++i) *q++ = int8_t((uint8_t(bytes[i] * power) * 3 >> 8) - 1);
  }
  return q;
}

}  // namespace

// Trits of 160 values [32], of 80 values [16], of 16 values [4], d f16.
void tq1_0_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block + 52);
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
  int8_t* q = unpack_trits(block, 32, 5, out.q);
  q = unpack_trits(block + 32, 16, 5, q);
  unpack_trits(block + 48, 4, 4, q);
}

// 2 bits a value [64], each half of 128 values as in Q2_K, d f16. 3 stands for 2.
void tq2_0_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block + 64);
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
  for (int i = 0; i < kMaxBlock; ++i) {
    const int bits = block[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
    out.q[i] = int8_t(bits - 1);
  }
}

}  // namespace straddle::quant
