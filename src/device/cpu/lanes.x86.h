// What AVX2 and AVX-512 share: lanes of 256 bits.
#pragma once
// g++ 12 warns of its own header's undefined registers, which are meant to be so.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif

#include "device/cpu/lanes.h"

namespace {

// Lane i += lane i + 4, then 2, 1.
inline float join_8(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

// 32 products per step: |q| * sign(a, q) is q * a, and no pair of them overflows int16.
inline int32_t dot_scaled(const int8_t* q, const int16_t* scale, const int8_t* a, int columns) {
  __m256i sum = _mm256_setzero_si256();
  for (int i = 0; i < columns; i += 32) {
    const __m256i w = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(q + i));
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + i));
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    const __m256i scales =
        _mm256_set_m128i(_mm_set1_epi16(scale[i / 16 + 1]), _mm_set1_epi16(scale[i / 16]));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, scales));
  }
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
  return _mm_cvtsi128_si32(s);
}

}  // namespace
