// Kernels for any processor.
#include "device/cpu/kernels.h"
#include "device/cpu/lanes.generic.h"

namespace straddle::device::cpu {
namespace {

#include "device/cpu/kernels.inc"

}  // namespace

extern const Kernels kGenericKernels;
constinit const Kernels kGenericKernels = make_table("generic", nullptr, nullptr);

}  // namespace straddle::device::cpu
