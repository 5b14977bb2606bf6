// Where the fields of the K formats lie in a block of 256 values; shared by unpacking
// (k_blocks.cpp) and packing (k_encode.cpp). Bytes from the start of the block.
#pragma once
#include <cstdint>

namespace straddle::quant {

struct Q2K {
  static constexpr int kScales = 0, kQ = 16, kD = 80, kDmin = 82, kBytes = 84;
};
struct Q3K {
  static constexpr int kMask = 0, kQ = 32, kScales = 96, kD = 108, kBytes = 110;
};
struct Q4K {
  static constexpr int kD = 0, kDmin = 2, kScales = 4, kQ = 16, kBytes = 144;
};
struct Q5K {
  static constexpr int kD = 0, kDmin = 2, kScales = 4, kMask = 16, kQ = 48, kBytes = 176;
};
struct Q6K {
  static constexpr int kLow = 0, kHigh = 128, kScales = 192, kD = 208, kBytes = 210;
};

// Q2_K and Q3_K keep 2 bits of column i in byte two_bit_byte(i), shifted by two_bit_shift(i): each
// half of 128 columns has 32 bytes, each byte the columns l, l+32, l+64, l+96.
constexpr int two_bit_byte(int column) { return column / 128 * 32 + column % 32; }
constexpr int two_bit_shift(int column) { return column / 32 % 4 * 2; }

}  // namespace straddle::quant
