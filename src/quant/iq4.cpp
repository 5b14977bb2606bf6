// IQ4_NL and IQ4_XS: nibbles that choose out of 16 fixed values (kIq4). NL: 32 values, one scale.
// XS: 256 values, a 6-bit scale per 32 below one half-precision scale.
#include "quant/block.h"
#include "quant/codebooks.h"
#include "quant/families.h"
#include "quant/fit.h"

namespace straddle::quant {
namespace {

int8_t value_of(int nibble) { return codebooks::kIq4[nibble]; }

// The nibble whose value is closest: the number of middles between neighbours that lie below.
int nearest_nibble(float level) {
  int nibble = 0;
  for (int i = 0; i < 15; ++i) nibble += 2 * level > float(codebooks::kIq4[i] + codebooks::kIq4[i + 1]);
  return nibble;
}

float nearest_value(float level) { return value_of(nearest_nibble(level)); }

// The lowest value of the codebook, and how far apart the search places its candidates.
constexpr float kLowest = -127, kStep = 1.27f;

void pack(const float* values, float scale, uint8_t* bytes) {
  int8_t nibbles[32];
  const float inverse = inverse_of(scale);
  for (int i = 0; i < 32; ++i) nibbles[i] = int8_t(nearest_nibble(values[i] * inverse));
  pack_nibbles(nibbles, bytes);
}

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

void iq4_nl_encode(const float* values, const float* weight, uint8_t* block) {
  float weights[32];
  weigh(values, weight, 32, weights);
  const uint16_t d = to_scale(best_scale({values, weights, 32}, kLowest, kStep, nearest_value));
  put_u16(block, d);
  pack(values, from_f16(d), block + 2);
}

void iq4_xs_encode(const float* values, const float* weight, uint8_t* block) {
  float weights[kMaxBlock], scales[8];
  weigh(values, weight, kMaxBlock, weights);
  for (int b = 0; b < 8; ++b) {
    scales[b] = best_scale({values + 32 * b, weights + 32 * b, 32}, kLowest, kStep, nearest_value);
  }
  SubScales<8> sub;
  quantize_scales(scales, -32, sub);
  put_u16(block, sub.d);
  uint32_t high = 0;
  for (int b = 0; b < 8; ++b) {
    const uint32_t stored = uint32_t(sub.scale[b] + 32);
    uint8_t& low = block[4 + b / 2];
    low = uint8_t(b % 2 == 0 ? stored & 15 : low | (stored & 15) << 4);
    high |= stored >> 4 << 2 * b;
    pack(values + 32 * b, from_f16(sub.d) * float(sub.scale[b]), block + 8 + 16 * b);
  }
  put_u16(block + 2, uint16_t(high));
}

}  // namespace straddle::quant
