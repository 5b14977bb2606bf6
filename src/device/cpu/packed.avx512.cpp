// Products of packed weights for AVX-512 with VNNI.
#include "device/cpu/kernels.h"
#include "device/cpu/lanes.avx512.h"

namespace straddle::device::cpu {
namespace {

#include "device/cpu/codes.inc"

#include "device/cpu/packed.inc"

}  // namespace

PackedProduct packed_avx512(quant::Format format) { return packed_product(format); }

}  // namespace straddle::device::cpu
