// Which tables of kernels this machine can run.
#include "device/cpu/kernels.h"

#include "base/cpu_features.h"
#include "device/cpu/machine.h"

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

Result<const Kernels*> choose_kernels(const std::string& name) {
  const Isas isas = usable_isas();
  if (name.empty()) return isas.tables[isas.count - 1];
  std::string known;
  for (size_t i = 0; i < isas.count; ++i) {
    if (name == isas.tables[i]->isa) return isas.tables[i];
    known += (i ? ", " : "") + std::string(isas.tables[i]->isa);
  }
  return fail(ErrorKind::usage, "isa", "\"" + name + "\" is unknown or not on this machine",
              "it has " + known);
}

}  // namespace straddle::device::cpu
