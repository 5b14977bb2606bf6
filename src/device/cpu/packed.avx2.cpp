// Products of packed weights for AVX2.
#include "device/cpu/kernels.h"
#include "device/cpu/lanes.avx2.h"

namespace straddle::device::cpu {
namespace {

#include "device/cpu/codes.inc"

#include "device/cpu/packed.inc"

}  // namespace

PackedProduct packed_avx2(quant::Format format) { return packed_product(format); }

}  // namespace straddle::device::cpu
