// Kernels for AVX2 with F16C.
#include "device/cpu/kernels.h"
#include "device/cpu/lanes.avx2.h"

namespace straddle::device::cpu {
namespace {

#include "device/cpu/halves.inc"
#include "device/cpu/kernels.inc"

}  // namespace

PackedProduct packed_avx2(quant::Format format);  // packed.avx2.cpp

extern const Kernels kAvx2Kernels;
constinit const Kernels kAvx2Kernels = make_table("avx2", packed_avx2, to_halves);

}  // namespace straddle::device::cpu
