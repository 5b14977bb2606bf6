// Which tables of kernels this machine can run.
#include "device/cpu/kernels.h"

#include "base/cpu_features.h"

namespace straddle::device::cpu {

extern const Kernels kGenericKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

Isas usable_isas() {
  Isas out{{&kGenericKernels}, 1};
#if defined(__x86_64__)
  const CpuFeatures has = cpu_features();
  if (has.avx2) out.tables[out.count++] = &kAvx2Kernels;
  if (has.avx512) out.tables[out.count++] = &kAvx512Kernels;
#endif
  return out;
}

}  // namespace straddle::device::cpu
