// Lanes of AVX-512 with VNNI: 16 floats, 16 weight rows of 4 bytes.
#pragma once
#include "device/cpu/lanes.x86.h"

namespace {

constexpr int kFloats = 16;
using Floats = __m512;
using All64 = Of<0, 1, 2, 3>;

inline Floats load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, Floats v) { _mm512_storeu_ps(p, v); }
inline Floats splat(float x) { return _mm512_set1_ps(x); }
inline Floats plus(Floats a, Floats b) { return _mm512_add_ps(a, b); }
inline Floats minus(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
inline Floats times(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
// 64 lanes joined by halving: lane i += lane i + 32, then 16, 8, 4, 2, 1.
inline float join_lanes(const Floats* v) {
  const Floats s = plus(plus(v[0], v[2]), plus(v[1], v[3]));
  return join_8(_mm256_add_ps(_mm512_castps512_ps256(s), _mm512_extractf32x8_ps(s, 1)));
}
inline Floats load_half(const void* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
}
inline void store_half(uint16_t* p, Floats v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}
inline Floats load_brain(const uint16_t* p) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

}  // namespace

// ---- packed weights: 16 rows of 4 bytes

namespace {

constexpr int kRows = 16;
using Ints = __m512i;  // a line: bytes, 16-bit pairs or 32-bit lanes, by row

// The sums of dot_bytes are 32 bits wide: they never get full.
constexpr bool kWideSums = true;

inline Ints zero() { return _mm512_setzero_si512(); }
inline Ints load_line(const uint8_t* p) { return _mm512_loadu_si512(p); }
inline Ints splat_int(int32_t x) { return _mm512_set1_epi32(x); }
inline Ints splat_byte(int x) { return _mm512_set1_epi8(char(x)); }
inline Ints both(Ints a, Ints b) { return _mm512_and_si512(a, b); }
inline Ints either(Ints a, Ints b) { return _mm512_or_si512(a, b); }
template <int N>
inline Ints left(Ints x) {
  return _mm512_slli_epi16(x, N);
}
template <int N>
inline Ints right(Ints x) {
  return _mm512_srli_epi16(x, N);
}
template <int N>
inline Ints left_int(Ints x) {
  return _mm512_slli_epi32(x, N);
}
// Byte i of the result: values[indices of byte i].
inline Ints load_table(const int8_t* values) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
}
inline Ints look_up(Ints table, Ints indices) { return _mm512_shuffle_epi8(table, indices); }
// 16-bit fields of the rows, as 32 bits.
inline Ints load_words(const uint8_t* p) {
  return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline Ints sub_byte(Ints a, Ints b) { return _mm512_sub_epi8(a, b); }
inline Ints add_int(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
inline Ints sub_int(Ints a, Ints b) { return _mm512_sub_epi32(a, b); }
inline Floats to_floats(Ints x) { return _mm512_cvtepi32_ps(x); }

// sums += unsigned weights * signed activations, 4 columns per row: one instruction (VNNI), in 32 bits.
inline Ints dot_bytes(Ints sums, Ints weights, Ints activations) {
  return _mm512_dpbusd_epi32(sums, weights, activations);
}

// What the yardsticks take: multiply-adds of one dot_bytes; and the compiler must take x for changed.
constexpr int kProducts = 64;
inline void hide(Ints& x) { asm volatile("" : "+v"(x)); }

// A scale per row as 32 bits: scales whose byte j stands in dword lane r.
inline Ints scale_of_unsigned(Ints scales, int j) {
  return _mm512_and_si512(_mm512_srl_epi32(scales, _mm_cvtsi32_si128(8 * j)), _mm512_set1_epi32(0xff));
}
// Byte j of each dword, signed, as 32 bits; and products of 32 bits.
inline Ints byte_of(Ints x, int j) {
  return _mm512_srai_epi32(_mm512_sll_epi32(x, _mm_cvtsi32_si128(24 - 8 * j)), 24);
}
inline Ints times_int(Ints a, Ints b) { return _mm512_mullo_epi32(a, b); }
inline Ints scale_of_signed(Ints scales, int j) { return byte_of(scales, j); }
// is + scale * sums; the same with all scales 1.
inline Ints add_scaled(Ints is, Ints sums, Ints scale) {
  return _mm512_add_epi32(is, _mm512_mullo_epi32(sums, scale));
}
inline Ints add_unscaled(Ints is, Ints sums) { return _mm512_add_epi32(is, sums); }

// Bytes 0 and 2 of each dword as 16-bit pairs, or 1 and 3.
inline Ints even_unsigned(Ints x) { return _mm512_and_si512(x, _mm512_set1_epi16(0xff)); }
inline Ints odd_unsigned(Ints x) { return _mm512_srli_epi16(x, 8); }
inline Ints even_signed(Ints x) { return _mm512_srai_epi16(_mm512_slli_epi16(x, 8), 8); }
inline Ints odd_signed(Ints x) { return _mm512_srai_epi16(x, 8); }
inline Ints add_pairs(Ints sums, Ints a, Ints b) {
  return _mm512_add_epi32(sums, _mm512_madd_epi16(a, b));
}

// Signed weights: is += w * a, 4 columns per row; kSignedBias * sum(a) too much, because the
// instruction wants them unsigned.
constexpr int kSignedBias = 128;
struct SignedLine {
  Ints biased;
};
inline SignedLine signed_line(Ints w) { return {_mm512_xor_si512(w, _mm512_set1_epi8(char(0x80)))}; }
inline Ints dot_signed(Ints is, SignedLine w, Ints a) { return _mm512_dpbusd_epi32(is, w.biased, a); }

}  // namespace
