// The codebooks of the IQ formats and of the 4-bit floats.
//
// A grid entry stands for 8 (or 4) neighbouring values, each out of a small alphabet; it is kept as
// the indices into the alphabet, 2 bits each (3 bits for the grids of 4), first value lowest.
#pragma once
#include <cstdint>

namespace straddle::quant::codebooks {

extern const uint16_t kIq2Xxs[256], kIq2Xs[512], kIq2S[1024];  // 8 of kMagnitudes2
extern const uint16_t kIq3Xxs[256];                            // 4 of kMagnitudes3
extern const uint16_t kIq3S[512];                              // 4 of the odd numbers 1 .. 15
extern const uint16_t kIq1[2048];                              // 8 of -1, 0, 1

inline constexpr int8_t kMagnitudes2[4] = {8, 25, 43, 0};  // the last never occurs
inline constexpr int8_t kMagnitudes3[8] = {4, 12, 20, 28, 36, 44, 52, 62};

// IQ4_NL, IQ4_XS: 16 values, denser around zero.
inline constexpr int8_t kIq4[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                    1,    13,   25,  38,  53,  69,  89,  113};

// E2M1 floats (sign, 2 bits exponent, 1 bit mantissa), doubled to be integers.
inline constexpr int8_t kFp4[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// 7 bits say the signs of 7 values; the eighth makes the number of negative ones even.
constexpr uint8_t even_signs(uint32_t seven_bits) {
  uint32_t parity = seven_bits ^ seven_bits >> 4;
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return uint8_t(seven_bits | (parity & 1) << 7);
}

}  // namespace straddle::quant::codebooks
