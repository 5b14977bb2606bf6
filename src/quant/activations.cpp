// Activations as int8: the plain form of rule 1 of docs/numbers.md.
#include <algorithm>
#include <bit>
#include <limits>

#include "quant/quant.h"
#include "quant/rounding.h"

namespace straddle::quant {
namespace {

constexpr uint32_t kInfinity = 0x7f800000;

// Magnitudes of floats order like their bits; NaN lies above infinity.
uint32_t largest_magnitude(const float* values, size_t count) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; ++i) {
    largest = std::max(largest, std::bit_cast<uint32_t>(values[i]) & 0x7fffffff);
  }
  return largest;
}

void encode_block(const float* values, size_t count, int8_t* q, float* d) {
  const uint32_t largest = largest_magnitude(values, count);
  const float amax = std::bit_cast<float>(largest);
  if (largest >= kInfinity || amax < 0x1p-100f) {
    *d = largest >= kInfinity ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
    std::fill_n(q, count, int8_t(0));
    return;
  }
  const float inverse = 127.0f / amax;
  *d = amax * (1.0f / 127.0f);
  for (size_t i = 0; i < count; ++i) q[i] = int8_t(round_half_even(values[i] * inverse));
}

}  // namespace

void encode_activations(ActivationFormat rule, const float* values, size_t count, int8_t* q, float* d) {
  if (rule == ActivationFormat::float32) return;
  const size_t block = rule == ActivationFormat::int8_x32 ? 32 : 256;
  for (size_t i = 0; i < count; i += block) {
    encode_block(values + i, std::min(block, count - i), q + i, d++);
  }
}

}  // namespace straddle::quant
