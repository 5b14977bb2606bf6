// IQ3_XXS, IQ3_S: 4 values at a time are an entry of a grid; signs per 8 values.
#include "quant/block.h"
#include "quant/codebooks.h"
#include "quant/families.h"

namespace straddle::quant {
namespace {

// The bits of `signs` from 0 on belong to q[0..3].
void put_xxs(uint32_t code, uint32_t signs, int8_t* q) {
  for (int i = 0; i < 4; ++i) {
    const int8_t magnitude = codebooks::kMagnitudes3[code >> 3 * i & 7];
    q[i] = int8_t(signs >> i & 1 ? -magnitude : magnitude);
  }
}

void put_s(uint32_t code, uint32_t signs, int8_t* q) {
  for (int i = 0; i < 4; ++i) {
    const int magnitude = int(2 * (code >> 3 * i & 7) + 1);
    q[i] = int8_t(signs >> i & 1 ? -magnitude : magnitude);
  }
}

}  // namespace

// d f16, grid indices [64], then per 32 values a u32: 4 x 7 bits of signs, scale s on top.
// Scale d (0.5 + s) / 2 = (d / 4) (2 s + 1).
void iq3_xxs_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block) * 0.25f;
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
  for (int b = 0; b < 8; ++b) {
    const uint32_t signs_and_scale = u32_at(block + 66 + 4 * b);
    out.scale[2 * b] = out.scale[2 * b + 1] = int16_t(2 * (signs_and_scale >> 28) + 1);
    for (int l = 0; l < 8; ++l) {
      const uint32_t signs = codebooks::even_signs(signs_and_scale >> (l / 2 * 7) & 127);
      put_xxs(codebooks::kIq3Xxs[block[2 + 8 * b + l]], signs >> (l % 2 * 4), out.q + 32 * b + 4 * l);
    }
  }
}

// d f16, low 8 bits of the indices [64], ninth bits [8], signs [32], 8 nibbles of scales.
// Scale d (1 + 2 s).
void iq3_s_integers(const uint8_t* block, Integers& out) {
  out.d = f16_at(block);
  out.dmin = 0;
  fill_scales(out, kMaxBlock);
  for (int b = 0; b < 8; ++b) {
    const int nibble = block[106 + b / 2] >> (b % 2 * 4) & 15;
    out.scale[2 * b] = out.scale[2 * b + 1] = int16_t(1 + 2 * nibble);
    for (int l = 0; l < 8; ++l) {
      const uint32_t index = block[2 + 8 * b + l] | uint32_t(block[66 + b] >> l & 1) << 8;
      const uint32_t signs = block[74 + 4 * b + l / 2];
      put_s(codebooks::kIq3S[index], signs >> (l % 2 * 4), out.q + 32 * b + 4 * l);
    }
  }
}

}  // namespace straddle::quant
