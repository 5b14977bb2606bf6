// Kernels for AVX-512 (F, BW, VL, DQ) with VNNI.
#include "device/cpu/kernels.h"
#include "device/cpu/lanes.avx512.h"

namespace straddle::device::cpu {
namespace {

#include "device/cpu/halves.inc"
#include "device/cpu/kernels.inc"

}  // namespace

PackedProduct packed_avx512(quant::Format format);  // packed.avx512.cpp

extern const Kernels kAvx512Kernels;
constinit const Kernels kAvx512Kernels = make_table("avx512", packed_avx512, to_halves);

}  // namespace straddle::device::cpu
