#include "base/cpu_features.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace straddle {
namespace {

std::string named(const std::string& text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == text.npos) return "processor";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

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

// 48 bytes in three leaves, with blanks around the name.
std::string cpu_name() {
  char text[49] = {};
  if (unsigned(__get_cpuid_max(0x80000000, nullptr)) < 0x80000004) return named("");
  for (uint32_t leaf = 0; leaf < 3; ++leaf) {
    const Registers r = cpuid(0x80000002 + leaf);
    std::memcpy(text + 16 * leaf, &r, sizeof r);
  }
  return named(text);
}
#else
CpuFeatures cpu_features() { return {}; }

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return named(line.substr(colon + 2));
  }
  return named("");
}
#endif

}  // namespace straddle
