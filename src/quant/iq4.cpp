// IQ4_NL and IQ4_XS: nibbles that choose out of 16 fixed values (kIq4). NL: 32 values, one scale.
// XS: 256 values, a 6-bit scale per 32 below one half-precision scale.
#include "quant/block.h"
#include "quant/codebooks.h"
#include "quant/families.h"

namespace straddle::quant {
namespace {

int8_t value_of(int nibble) { return codebooks::kIq4[nibble]; }

}  // namespace

// d f16, 16 bytes of nibbles.
void iq4_nl_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block);
  out.dmin = 0;
  fill_scales(out, 32);
  unpack_nibbles(block + 2, out.q, value_of);
}

// d f16, high 2 bits of the 8 scales u16, their low nibbles [4], 128 bytes of nibbles.
void iq4_xs_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block);
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
  const uint32_t high = u16_at(block + 2);
  for (int b = 0; b < 8; ++b) {
    const int low = block[4 + b / 2] >> (b % 2 * 4) & 15;
    const int scale = (low | int(high >> 2 * b & 3) << 4) - 32;
    out.scale[2 * b] = out.scale[2 * b + 1] = int16_t(scale);
    unpack_nibbles(block + 8 + 16 * b, out.q + 32 * b, value_of);
  }
}

}  // namespace straddle::quant
