// MXFP4 and NVFP4: 4-bit floats (kFp4, which holds them doubled) with a power of two per 32 values,
// or an unsigned 8-bit float per 16 values.
#include <bit>

#include "quant/block.h"
#include "quant/codebooks.h"
#include "quant/families.h"
#include "quant/fit.h"

namespace straddle::quant {
namespace {

// 2^(exponent - 128): half of the power of two that the byte means, as the values are doubled.
// Bytes 0 and 1 are subnormal floats.
float half_power(uint8_t exponent) {
  const uint32_t bits = exponent < 2 ? 0x00200000u << exponent : uint32_t(exponent - 1) << 23;
  return std::bit_cast<float>(bits);
}

// The nibble whose (doubled) value is closest to a level: ties go to the smaller magnitude.
int nearest_nibble(float level) {
  const float size = std::fabs(level);
  int nibble = 0;
  for (int i = 0; i < 7; ++i) nibble += 2 * size > float(codebooks::kFp4[i] + codebooks::kFp4[i + 1]);
  return nibble | (level < 0 && nibble > 0 ? 8 : 0);
}

// Packs 32 values under a power of two; their squared error.
double encode_under(uint8_t exponent, const float* values, const float* weights, uint8_t* block) {
  const float d = half_power(exponent);
  int8_t nibbles[32];
  double error = 0;
  for (int i = 0; i < 32; ++i) {
    nibbles[i] = int8_t(nearest_nibble(values[i] / d));
    const double off = double(codebooks::kFp4[nibbles[i]]) * d - values[i];
    error += weights[i] * off * off;
  }
  block[0] = exponent;
  pack_nibbles(nibbles, block + 1);
  return error;
}

// Half of an unsigned E4M3 (bias 7), as the values are doubled. The top bit says nothing; 0x7f, NaN
// by the E4M3 rules, counts as 0, but 0xff does not: so does the program that made these files.
float half_e4m3(uint8_t bits) {
  if (bits == 0x7f) return 0;
  const int exponent = bits >> 3 & 15, mantissa = bits & 7;
  return exponent == 0 ? float(mantissa) * 0x1p-10f
                       : float(8 + mantissa) * std::bit_cast<float>(uint32_t(exponent + 127 - 11) << 23);
}

}  // namespace

// e u8, 16 bytes of nibbles.
void mxfp4_integers(const uint8_t* block, Integers& out) {
  out.d = half_power(block[0]);
  out.dmin = 0;
  fill_scales(out, 32);
  unpack_nibbles(block + 1, out.q, [](int n) { return codebooks::kFp4[n]; });
}

// The largest value lies in 4 .. 8 units (the largest level is 6): beyond 7 the next power of two may
// be better, so both are tried.
void mxfp4_encode(const float* values, const float* weight, uint8_t* block) {
  float weights[32];
  weigh(values, weight, 32, weights);
  const float most = extreme(values, 32);
  const int power = most == 0 ? -127 : std::clamp(std::ilogb(most) - 2, -127, 126);
  uint8_t wider[17];
  const double error = encode_under(uint8_t(power + 127), values, weights, block);
  if (encode_under(uint8_t(power + 128), values, weights, wider) < error) {
    std::copy_n(wider, 17, block);
  }
}

// 64 values: scales [4], then 8 bytes per 16 values: low nibbles 0..7, high nibbles 8..15.
void nvfp4_dequantize(const uint8_t* blocks, float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* block = blocks + i / 64 * 36;
    const size_t sub = i % 64 / 16;
    const int nibble = block[4 + sub * 8 + i % 8] >> (i / 8 % 2 * 4) & 15;
    values[i] = float(codebooks::kFp4[nibble]) * half_e4m3(block[sub]);
  }
}

}  // namespace straddle::quant
