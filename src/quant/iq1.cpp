// IQ1_S, IQ1_M: 8 values at a time are an entry of a grid of -1, 0, 1, all moved by +- 1/8. The
// integers take d / 8 as their unit: q = 8 grid +- 1.
#include "quant/block.h"
#include "quant/codebooks.h"
#include "quant/families.h"

namespace straddle::quant {
namespace {

void put_group(uint32_t index, bool down, int8_t* q) {
  const uint32_t code = codebooks::kIq1[index];
  for (int i = 0; i < 8; ++i) {
    const int trit = int(code >> 2 * i & 3) - 1;
    q[i] = int8_t(8 * trit + (down ? -1 : 1));
  }
}

void start(float d, Integers& out) {
  out.d = d * 0.125f;
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
}

}  // namespace

// d f16, low 8 bits of the indices [32], per 32 values a u16: 4 x 3 high bits, 3 bits of scale, one
// bit for the direction of the 1/8.
void iq1_s_integers(const uint8_t* block, Integers& out) {
  start(f16_at(block), out);
  for (int b = 0; b < 8; ++b) {
    const uint32_t word = u16_at(block + 34 + 2 * b);
    out.scale[2 * b] = out.scale[2 * b + 1] = int16_t(2 * (word >> 12 & 7) + 1);
    for (int l = 0; l < 4; ++l) {
      const uint32_t index = block[2 + 4 * b + l] | (word >> 3 * l & 7) << 8;
      put_group(index, word >> 15, out.q + 32 * b + 8 * l);
    }
  }
}

// Low 8 bits of the indices [32], per 8 values a nibble [16] with 3 high bits and the direction,
// u16[4] with 12 bits of scales each (3 per 16 values) below a nibble of d.
void iq1_m_integers(const uint8_t* block, Integers& out) {
  uint32_t d = 0;
  for (int w = 0; w < 4; ++w) d |= uint32_t(u16_at(block + 48 + 2 * w) >> 12) << 4 * w;
  start(from_f16(uint16_t(d)), out);
  for (int i = 0; i < 16; ++i) {
    out.scale[i] = int16_t(2 * (u16_at(block + 48 + i / 4 * 2) >> (i % 4 * 3) & 7) + 1);
  }
  for (int g = 0; g < 32; ++g) {
    const uint32_t nibble = block[32 + g / 2] >> (g % 2 * 4) & 15;
    put_group(block[g] | (nibble & 7) << 8, nibble >> 3, out.q + 8 * g);
  }
}

}  // namespace straddle::quant
