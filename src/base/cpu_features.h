// What the processor and the system allow: instruction sets whose registers are saved for us.
#pragma once
#include <string>

namespace straddle {

struct CpuFeatures {
  bool avx2 = false;    // AVX2 and F16C
  bool avx512 = false;  // F, BW, VL, DQ and VNNI
};

// What its maker calls the processor; "processor" where it does not say. From any thread.
std::string cpu_name();

// Asked anew on each call, from any thread: CPUID and XGETBV (compilers' own queries lack some names).
CpuFeatures cpu_features();

}  // namespace straddle
