// F32, F16 and BF16: conversions that are exact, or round to nearest even. Integer arithmetic and
// single float operations only: no instruction that a plain x86-64 or ARM lacks.
#include <bit>

#include "quant/block.h"
#include "quant/families.h"

namespace straddle::quant {
namespace {

constexpr uint32_t kInfinity = 0x7f800000;  // float32 bits; larger magnitudes are NaN

// A normal half: exponent rebased from 127 to 15, 13 bits rounded away. The carry may run into the
// exponent and up to infinity: that is what IEEE asks for.
uint32_t round_normal(uint32_t magnitude) {
  const uint32_t rebased = magnitude - (112u << 23);
  return (rebased + 0xfff + (rebased >> 13 & 1)) >> 13;
}

// A subnormal half counts units of 2^-24, the last place of floats near 0.5: adding rounds.
uint32_t round_subnormal(uint32_t magnitude) {
  return std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - std::bit_cast<uint32_t>(0.5f);
}

}  // namespace

float from_f16(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000u) << 16, magnitude = (bits & 0x7fffu) << 13;
  if (magnitude >= 0x7c00u << 13) return std::bit_cast<float>(sign | kInfinity | magnitude);
  // Read with the wrong bias (127 instead of 15) and put right by an exact product.
  const float value = std::bit_cast<float>(magnitude) * 0x1p112f;
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(value));
}

uint16_t to_f16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value), magnitude = bits & 0x7fffffff;
  uint32_t half;
  if (magnitude > kInfinity) {
    half = 0x7e00 | (magnitude >> 13 & 0x3ff);  // NaN, made quiet
  } else if (magnitude >= std::bit_cast<uint32_t>(65536.0f)) {
    half = 0x7c00;
  } else if (magnitude >= std::bit_cast<uint32_t>(0x1p-14f)) {
    half = round_normal(magnitude);
  } else {
    half = round_subnormal(magnitude);
  }
  return uint16_t((bits >> 16 & 0x8000) | half);
}

float from_bf16(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

uint16_t to_bf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > kInfinity) return uint16_t(bits >> 16 | 0x40);  // NaN, made quiet
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void f32_dequantize(const uint8_t* blocks, float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = std::bit_cast<float>(u32_at(blocks + 4 * i));
}

void f16_dequantize(const uint8_t* blocks, float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = f16_at(blocks + 2 * i);
}

void bf16_dequantize(const uint8_t* blocks, float* values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = from_bf16(u16_at(blocks + 2 * i));
}

void f32_quantize(const float* values, const float*, uint8_t* blocks, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(values[i]);
    put_u16(blocks + 4 * i, uint16_t(bits));
    put_u16(blocks + 4 * i + 2, uint16_t(bits >> 16));
  }
}

void f16_quantize(const float* values, const float*, uint8_t* blocks, size_t count) {
  for (size_t i = 0; i < count; ++i) put_u16(blocks + 2 * i, to_f16(values[i]));
}

void bf16_quantize(const float* values, const float*, uint8_t* blocks, size_t count) {
  for (size_t i = 0; i < count; ++i) put_u16(blocks + 2 * i, to_bf16(values[i]));
}

}  // namespace straddle::quant
