// Rounding to an integer without the library call that plain x86-64 would need.
#pragma once

namespace straddle::quant {

// value rounded half to even; |value| < 2^22. Adding 1.5 * 2^23 leaves no room for a fraction.
inline float round_half_even(float value) {
  constexpr float kShift = 12582912.0f;
  return (value + kShift) - kShift;
}

}  // namespace straddle::quant
