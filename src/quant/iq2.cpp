// IQ2_XXS, IQ2_XS, IQ2_S: 8 values at a time are an entry of a grid and 8 signs. A scale is
// d (0.5 + s) / 4 = (d / 8) (2 s + 1): the integers take d / 8 as their unit.
#include "quant/block.h"
#include "quant/codebooks.h"
#include "quant/families.h"

namespace straddle::quant {
namespace {

void put_group(uint32_t code, uint8_t signs, int8_t* q) {
  for (int i = 0; i < 8; ++i) {
    const int8_t magnitude = codebooks::kMagnitudes2[code >> 2 * i & 3];
    q[i] = int8_t(signs >> i & 1 ? -magnitude : magnitude);
  }
}

void start(const uint8_t* block, Integers& out) {
  out.d = f16_at(block) * 0.125f;
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
}

// 16 nibbles, low first.
void unpack_scales(const uint8_t* nibbles, int16_t* scale) {
  for (int i = 0; i < 16; ++i) scale[i] = int16_t(2 * (nibbles[i / 2] >> (i % 2 * 4) & 15) + 1);
}

}  // namespace

// d f16, then per 32 values 8 bytes: 4 grid indices, and a u32 with 4 x 7 bits of signs and the
// scale on top.
void iq2_xxs_integers(const uint8_t* block, Integers& out) {
  start(block, out);
  for (int b = 0; b < 8; ++b) {
    const uint8_t* index = block + 2 + 8 * b;
    const uint32_t signs_and_scale = u32_at(index + 4);
    out.scale[2 * b] = out.scale[2 * b + 1] = int16_t(2 * (signs_and_scale >> 28) + 1);
    for (int l = 0; l < 4; ++l) {
      const uint8_t signs = codebooks::even_signs(signs_and_scale >> 7 * l & 127);
      put_group(codebooks::kIq2Xxs[index[l]], signs, out.q + 32 * b + 8 * l);
    }
  }
}

// d f16, u16[32] of grid index (9 bits) and signs (7 bits), 16 nibbles of scales.
void iq2_xs_integers(const uint8_t* block, Integers& out) {
  start(block, out);
  unpack_scales(block + 66, out.scale);
  for (int g = 0; g < 32; ++g) {
    const uint32_t word = u16_at(block + 2 + 2 * g);
    put_group(codebooks::kIq2Xs[word & 511], codebooks::even_signs(word >> 9), out.q + 8 * g);
  }
}

// d f16, low 8 bits of the indices [32], signs [32], high 2 bits of the indices [8], scales [8].
void iq2_s_integers(const uint8_t* block, Integers& out) {
  start(block, out);
  unpack_scales(block + 74, out.scale);
  for (int g = 0; g < 32; ++g) {
    const uint32_t high = block[66 + g / 4] >> (g % 4 * 2) & 3;
    put_group(codebooks::kIq2S[block[2 + g] | high << 8], block[34 + g], out.q + 8 * g);
  }
}

}  // namespace straddle::quant
