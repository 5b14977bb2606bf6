#include "peak.h"

#include <immintrin.h>

#include <cstring>

namespace straddle::bench {

[[gnu::target("avx2")]] uint64_t read_all(const uint8_t* p, size_t bytes) {
  __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
  const auto* v = reinterpret_cast<const __m256i*>(p);
  for (size_t i = 0; i + 4 <= bytes / 32; i += 4) {
    a = _mm256_or_si256(a, _mm256_loadu_si256(v + i));
    b = _mm256_or_si256(b, _mm256_loadu_si256(v + i + 1));
    c = _mm256_or_si256(c, _mm256_loadu_si256(v + i + 2));
    d = _mm256_or_si256(d, _mm256_loadu_si256(v + i + 3));
  }
  a = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
  return uint64_t(_mm256_extract_epi64(a, 0) | _mm256_extract_epi64(a, 2));
}

namespace {

constexpr int kChains = 8;

// Eight named sums: an array would live in memory.
[[gnu::target("avx2")]] double products_avx2(size_t rounds) {
  __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  __m256i w = _mm256_set1_epi8(3);
  const __m256i x = _mm256_set1_epi8(5);
  const auto step = [&](__m256i & sum) __attribute__((always_inline, target("avx2"))) {
    asm volatile("" : "+x"(w));
    sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(w, x));
    asm volatile("" : "+x"(sum));
  };
  for (size_t i = 0; i < rounds; ++i)
    step(a), step(b), step(c), step(d), step(e), step(f), step(g), step(h);
  return double(rounds) * kChains * 32;
}

[[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]] double products_avx512(size_t rounds) {
  __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  const __m512i w = _mm512_set1_epi8(3), x = _mm512_set1_epi8(5);
  const auto step = [&](__m512i & sum)
      __attribute__((always_inline, target("avx512f,avx512bw,avx512vl,avx512vnni"))) {
    sum = _mm512_dpbusd_epi32(sum, w, x);
    asm volatile("" : "+v"(sum));
  };
  for (size_t i = 0; i < rounds; ++i)
    step(a), step(b), step(c), step(d), step(e), step(f), step(g), step(h);
  return double(rounds) * kChains * 64;
}

}  // namespace

double int8_products(const char* isa, size_t rounds) {
  if (std::strcmp(isa, "avx2") == 0) return products_avx2(rounds);
  if (std::strcmp(isa, "avx512") == 0) return products_avx512(rounds);
  return 0;
}

}  // namespace straddle::bench
