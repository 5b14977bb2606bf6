// Lanes for any processor: 4 floats in a compiler vector. No packed weights here.
#pragma once
#include "device/cpu/lanes.h"

namespace {

constexpr int kFloats = 4;
typedef float Floats __attribute__((vector_size(16)));
using All64 = Of<0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15>;

inline Floats load(const float* p) {
  Floats v;
  memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, Floats v) { memcpy(p, &v, sizeof v); }
inline Floats splat(float x) { return Floats{x, x, x, x}; }
inline Floats plus(Floats a, Floats b) { return a + b; }
inline Floats times(Floats a, Floats b) { return a * b; }

// 64 lanes joined by halving: lane i += lane i + 32, then 16, 8, 4, 2, 1.
inline float join_lanes(const Floats* v) {
  const auto four = [v](int i) { return plus(plus(v[i], v[i + 8]), plus(v[i + 4], v[i + 12])); };
  const Floats s = plus(plus(four(0), four(2)), plus(four(1), four(3)));
  return (s[0] + s[2]) + (s[1] + s[3]);
}

// Exact: a subnormal half is a whole number of 2^-24.
inline float half(uint16_t bits) {
  const uint32_t magnitude = bits & 0x7fff, sign = uint32_t(bits & 0x8000) << 16;
  uint32_t out;
  if (magnitude >= 0x7c00) {
    out = 0x7f800000 | (magnitude & 0x3ff) << 13 | (magnitude > 0x7c00 ? 0x400000 : 0);
  } else if (magnitude >= 0x400) {
    out = (magnitude << 13) + (112u << 23);
  } else {
    out = __builtin_bit_cast(uint32_t, float(magnitude) * 0x1p-24f);
  }
  return __builtin_bit_cast(float, out | sign);
}
inline Floats load_half(const uint16_t* p) {
  return Floats{half(p[0]), half(p[1]), half(p[2]), half(p[3])};
}
inline Floats load_brain(const uint16_t* p) {
  float v[4];
  for (int i = 0; i < 4; ++i) v[i] = __builtin_bit_cast(float, uint32_t(p[i]) << 16);
  return load(v);
}

// sum of scale[i / 16] * q[i] * a[i].
inline int32_t dot_scaled(const int8_t* q, const int16_t* scale, const int8_t* a, int columns) {
  int32_t sum = 0;
  for (int i = 0; i < columns; i += 16) {
    int32_t products = 0;
    for (int c = 0; c < 16; ++c) products += q[i + c] * a[i + c];
    sum += scale[i / 16] * products;
  }
  return sum;
}

// ---- what the yardsticks take: 8 numbers of 16 bits

typedef uint16_t Ints __attribute__((vector_size(16)));
constexpr int kProducts = 8;  // multiply-adds of one dot_bytes

inline Ints zero() { return Ints{}; }
inline Ints splat_byte(int x) { return Ints{} + uint16_t(x); }
inline Ints load_line(const uint8_t* p) {
  Ints v;
  memcpy(&v, p, sizeof v);
  return v;
}
inline Ints either(Ints a, Ints b) { return a | b; }
inline Ints dot_bytes(Ints sums, Ints weights, Ints activations) { return sums + weights * activations; }
// The compiler must take it for changed.
inline void hide(Ints& x) {
#if defined(__x86_64__)
  asm volatile("" : "+x"(x));
#elif defined(__aarch64__)
  asm volatile("" : "+w"(x));
#else
  asm volatile("" : "+m"(x));
#endif
}

}  // namespace
