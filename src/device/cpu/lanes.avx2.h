// Lanes of AVX2: 8 floats, 8 weight rows of 4 bytes.
#pragma once
#include "device/cpu/lanes.x86.h"

namespace {

constexpr int kFloats = 8;
using Floats = __m256;
using All64 = Of<0, 1, 2, 3, 4, 5, 6, 7>;

inline Floats load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, Floats v) { _mm256_storeu_ps(p, v); }
inline Floats splat(float x) { return _mm256_set1_ps(x); }
inline Floats plus(Floats a, Floats b) { return _mm256_add_ps(a, b); }
inline Floats minus(Floats a, Floats b) { return _mm256_sub_ps(a, b); }
inline Floats times(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
// 64 lanes joined by halving: lane i += lane i + 32, then 16, 8, 4, 2, 1.
inline float join_lanes(const Floats* v) {
  const Floats a = plus(plus(v[0], v[4]), plus(v[2], v[6])),
               b = plus(plus(v[1], v[5]), plus(v[3], v[7]));
  return join_8(plus(a, b));
}
inline Floats load_half(const void* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i*>(p)));
}
inline void store_half(uint16_t* p, Floats v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}
inline Floats load_brain(const uint16_t* p) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}

}  // namespace

// ---- packed weights: 8 rows of 4 bytes

namespace {

constexpr int kRows = 8;
using Ints = __m256i;  // a line half: bytes, 16-bit pairs or 32-bit lanes, by row

// The sums of dot_bytes are 16 bits wide: they must be moved on before they are full.
constexpr bool kWideSums = false;

inline Ints zero() { return _mm256_setzero_si256(); }
inline Ints load_line(const uint8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline Ints splat_int(int32_t x) { return _mm256_set1_epi32(x); }
inline Ints splat_byte(int x) { return _mm256_set1_epi8(char(x)); }
inline Ints both(Ints a, Ints b) { return _mm256_and_si256(a, b); }
inline Ints either(Ints a, Ints b) { return _mm256_or_si256(a, b); }
template <int N>
inline Ints left(Ints x) {
  return _mm256_slli_epi16(x, N);
}
template <int N>
inline Ints right(Ints x) {
  return _mm256_srli_epi16(x, N);
}
template <int N>
inline Ints left_int(Ints x) {
  return _mm256_slli_epi32(x, N);
}
// Byte i of the result: values[indices of byte i].
inline Ints load_table(const int8_t* values) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values)));
}
inline Ints look_up(Ints table, Ints indices) { return _mm256_shuffle_epi8(table, indices); }
// 16-bit fields of the rows, as 32 bits.
inline Ints load_words(const uint8_t* p) {
  return _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline Ints sub_byte(Ints a, Ints b) { return _mm256_sub_epi8(a, b); }
inline Ints add_int(Ints a, Ints b) { return _mm256_add_epi32(a, b); }
inline Ints sub_int(Ints a, Ints b) { return _mm256_sub_epi32(a, b); }
inline Floats to_floats(Ints x) { return _mm256_cvtepi32_ps(x); }

// sums += unsigned weights * signed activations, 4 columns per row. The empty asm keeps GCC from
// gathering the additions at the end, where they would need every register.
inline Ints dot_bytes(Ints sums, Ints weights, Ints activations) {
  Ints out = _mm256_add_epi16(sums, _mm256_maddubs_epi16(weights, activations));
  asm("" : "+x"(out));
  return out;
}

// What the yardsticks take: multiply-adds of one dot_bytes; and the compiler must take x for changed.
constexpr int kProducts = 32;
inline void hide(Ints& x) { asm volatile("" : "+x"(x)); }

// A scale per row, as 16-bit pairs: byte j of the row's dword of scales, twice, since vpmaddwd
// multiplies both 16-bit sums of a row. A 0x80 in the pattern gives a zero byte.
inline Ints scale_of_unsigned(Ints scales, int j) {
  const Ints first =
      _mm256_setr_epi32(int(0x80008000), int(0x80048004), int(0x80088008), int(0x800c800c),
                        int(0x80008000), int(0x80048004), int(0x80088008), int(0x800c800c));
  return _mm256_shuffle_epi8(scales, _mm256_add_epi32(first, _mm256_set1_epi32(j | j << 16)));
}
// The byte goes into the high half of 16 bits, the shift brings it down with its sign.
inline Ints scale_of_signed(Ints scales, int j) {
  const Ints first = _mm256_setr_epi32(0x00800080, 0x04800480, 0x08800880, 0x0c800c80, 0x00800080,
                                       0x04800480, 0x08800880, 0x0c800c80);
  const Ints high = _mm256_add_epi32(first, _mm256_set1_epi32(j << 8 | j << 24));
  return _mm256_srai_epi16(_mm256_shuffle_epi8(scales, high), 8);
}
// Byte j of each dword, signed, as 32 bits; and products of 32 bits.
inline Ints byte_of(Ints x, int j) {
  return _mm256_srai_epi32(_mm256_sll_epi32(x, _mm_cvtsi32_si128(24 - 8 * j)), 24);
}
inline Ints times_int(Ints a, Ints b) { return _mm256_mullo_epi32(a, b); }
// is + scale * sums; the same with all scales 1.
inline Ints add_scaled(Ints is, Ints sums, Ints scale) {
  return _mm256_add_epi32(is, _mm256_madd_epi16(sums, scale));
}
inline Ints add_unscaled(Ints is, Ints sums) { return add_scaled(is, sums, _mm256_set1_epi16(1)); }

// Bytes 0 and 2 of each dword as 16-bit pairs, or 1 and 3.
inline Ints even_unsigned(Ints x) { return _mm256_and_si256(x, _mm256_set1_epi16(0xff)); }
inline Ints odd_unsigned(Ints x) { return _mm256_srli_epi16(x, 8); }
inline Ints even_signed(Ints x) { return _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8); }
inline Ints odd_signed(Ints x) { return _mm256_srai_epi16(x, 8); }
inline Ints add_pairs(Ints sums, Ints a, Ints b) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(a, b));
}

// Signed weights: is += w * a, 4 columns per row; kSignedBias * sum(a) too much. |w| is unsigned, a
// takes the sign of w. One pair of products is up to 128 * 127 * 2 = 32,512: it cannot be added to
// another in 16 bits, so Q8_0 and IQ4 reach about half the multiply-adds of nibbles here (docs/cpu.md).
constexpr int kSignedBias = 0;
struct SignedLine {
  Ints value, magnitude;
};
inline SignedLine signed_line(Ints w) { return {w, _mm256_abs_epi8(w)}; }
inline Ints dot_signed(Ints is, SignedLine w, Ints a) {
  const Ints pairs = _mm256_maddubs_epi16(w.magnitude, _mm256_sign_epi8(a, w.value));
  return _mm256_add_epi32(is, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

}  // namespace
