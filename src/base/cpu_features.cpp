#include "base/cpu_features.h"

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace straddle {

#if defined(__x86_64__)
namespace {

struct Registers {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(uint32_t leaf) {
  Registers r;
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

bool has(uint32_t bits, int bit) { return (bits >> bit & 1) != 0; }

// Which register states the system saves on a switch: 2 SSE, 4 AVX, 0xe0 AVX-512.
uint32_t saved_states() {
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

}  // namespace

CpuFeatures cpu_features() {
  const Registers one = cpuid(1), seven = cpuid(7);
  const bool osxsave = has(one.ecx, 27);
  const uint32_t saved = osxsave ? saved_states() : 0;
  CpuFeatures out;
  out.avx2 = (saved & 6) == 6 && has(one.ecx, 29) && has(seven.ebx, 5);
  out.avx512 = out.avx2 && (saved & 0xe0) == 0xe0 && has(seven.ebx, 16) && has(seven.ebx, 17) &&
               has(seven.ebx, 30) && has(seven.ebx, 31) && has(seven.ecx, 11);
  return out;
}
#else
CpuFeatures cpu_features() { return {}; }
#endif

}  // namespace straddle
