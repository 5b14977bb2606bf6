// Q1_0 (128 values, a sign each) and Q2_0 (64 values, -1 .. 2) with one half-precision scale.
#include "quant/block.h"
#include "quant/families.h"

namespace straddle::quant {

// d f16, 16 bytes of bits, lowest first: set is +d, clear is -d.
void q1_0_dequantize(const uint8_t* blocks, float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* block = blocks + i / 128 * 18;
    const float d = f16_at(block);
    values[i] = block[2 + i % 128 / 8] >> i % 8 & 1 ? d : -d;
  }
}

// d f16, 16 bytes of 2 bits a value, lowest first: (bits - 1) d.
void q2_0_dequantize(const uint8_t* blocks, float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* block = blocks + i / 64 * 18;
    const int bits = block[2 + i % 64 / 4] >> (i % 4 * 2) & 3;
    values[i] = float(bits - 1) * f16_at(block);
  }
}

}  // namespace straddle::quant
