// Quantizers of Q2_K to Q6_K: a scale (and min) per sub-block by search, these as integers under one
// half-precision scale, then the integers of the values under what was stored.
#include "quant/block.h"
#include "quant/families.h"
#include "quant/fit.h"
#include "quant/k_layout.h"

namespace straddle::quant {
namespace {

// A block found, not yet packed. n sub-blocks.
template <int n>
struct Signed {
  SubScales<n> scales;
  int8_t q[kMaxBlock];
};

template <int n>
struct WithMins {
  SubScales<n> scales, mins;
  int8_t q[kMaxBlock];
};

// Integers of the values under the scales that are stored: these were rounded themselves, and a reader
// knows no others.
void requantize(const float* values, float lowest, Signed<16>& block) {
  const Integral nearest{lowest, -lowest - 1};
  for (int i = 0; i < kMaxBlock; ++i) {
    const float scale = from_f16(block.scales.d) * float(block.scales.scale[i / 16]);
    block.q[i] = int8_t(nearest(values[i] * inverse_of(scale)));
  }
}

template <int n>
void requantize(const float* values, int levels, WithMins<n>& block) {
  const Integral nearest{0, float(levels)};
  for (int i = 0; i < kMaxBlock; ++i) {
    const int b = i / (kMaxBlock / n);
    const float scale = from_f16(block.scales.d) * float(block.scales.scale[b]);
    const float min = from_f16(block.mins.d) * float(block.mins.scale[b]);
    block.q[i] = int8_t(nearest((values[i] + min) * inverse_of(scale)));
  }
}

// A scale and a min of a sub-block, as stored and as they are meant.
struct ScaleTrial {
  int scale, min;
  float d, dmin, inverse;
};

// Weighted squared errors of values met by integers 0 .. levels times d, less dmin.
template <int n>
void errors_under(const Weighted& of, float levels, const ScaleTrial (&tries)[n], double (&errors)[n]) {
  std::fill_n(errors, n, 0.0);
  const Integral nearest{0, levels};
  for (int i = 0; i < of.n; ++i) {
    for (int t = 0; t < n; ++t) {  // the inner loop: independent sums, for the vectoriser
      const float q = nearest((of.values[i] + tries[t].dmin) * tries[t].inverse);
      const float off = tries[t].d * q - tries[t].dmin - of.values[i];
      errors[t] += double(of.weights[i] * off) * off;
    }
  }
}

// Rounding scale and min each on its own is not the best pair: tries the neighbours as well.
template <int n>
void settle(const Weighted& of, int levels, int highest, int b, WithMins<n>& block) {
  int16_t &scale = block.scales.scale[b], &min = block.mins.scale[b];
  ScaleTrial tries[9];
  for (int t = 0; t < 9; ++t) {
    const int s = std::clamp(scale + t / 3 - 1, 0, highest), m = std::clamp(min + t % 3 - 1, 0, highest);
    const float d = from_f16(block.scales.d) * float(s);
    tries[t] = {s, m, d, from_f16(block.mins.d) * float(m), inverse_of(d)};
  }
  double errors[9];
  errors_under(of, float(levels), tries, errors);
  const ScaleTrial& best = tries[std::min_element(errors, errors + 9) - errors];
  scale = int16_t(best.scale);
  min = int16_t(best.min);
}

// Integers from lowest to -lowest - 1, scales from lowest_scale to -lowest_scale - 1.
Signed<16> find_signed(const float* values, const float* importance, float lowest, float lowest_scale) {
  constexpr int kSub = 16;
  Signed<16> out;
  float weights[kMaxBlock], scales[16];
  weigh(values, importance, kMaxBlock, weights);
  const Integral nearest{lowest, -lowest - 1};
  for (int b = 0; b < 16; ++b) {
    scales[b] = best_scale({values + kSub * b, weights + kSub * b, kSub}, lowest, 0.1f, nearest);
  }
  quantize_scales(scales, lowest_scale, out.scales);
  requantize(values, lowest, out);
  return out;
}

// Integers from 0 to levels, scales and mins from 0 to highest_scale.
template <int n>
WithMins<n> find_with_mins(const float* values, const float* importance, int levels,
                           float highest_scale) {
  constexpr int kSub = kMaxBlock / n;
  WithMins<n> out;
  float weights[kMaxBlock], scales[n], mins[n];
  weigh(values, importance, kMaxBlock, weights);
  for (int b = 0; b < n; ++b) {
    const auto fit = best_scale_and_min({values + kSub * b, weights + kSub * b, kSub}, levels, true);
    scales[b] = fit.scale;
    mins[b] = -fit.min;
  }
  quantize_scales(scales, float(highest_scale), out.scales);
  quantize_scales(mins, float(highest_scale), out.mins);
  for (int b = 0; b < n; ++b) {
    settle({values + kSub * b, weights + kSub * b, kSub}, levels, highest_scale, b, out);
  }
  requantize(values, levels, out);
  return out;
}

void pack_two_bits(const int8_t* q, uint8_t* bytes) {
  std::fill_n(bytes, 64, uint8_t(0));
  for (int i = 0; i < kMaxBlock; ++i) {
    uint8_t& byte = bytes[two_bit_byte(i)];
    byte = uint8_t(byte | (q[i] & 3) << two_bit_shift(i));
  }
}

void pack_nibble_groups(const int8_t* q, uint8_t* bytes) {
  for (int group = 0; group < 4; ++group) {
    for (int i = 0; i < 32; ++i) {
      bytes[32 * group + i] = uint8_t((q[64 * group + i] & 15) | (q[64 * group + i + 32] & 15) << 4);
    }
  }
}

// One bit per value: that of column i is bit i / 32 of byte i % 32.
void pack_mask(const int8_t* q, int bit, uint8_t* mask) {
  std::fill_n(mask, 32, uint8_t(0));
  for (int i = 0; i < kMaxBlock; ++i) {
    mask[i % 32] = uint8_t(mask[i % 32] | (q[i] >> bit & 1) << (i / 32));
  }
}

void pack_scales_and_mins(const int16_t* scale, const int16_t* min, uint8_t* s) {
  for (int j = 0; j < 4; ++j) {
    s[j] = uint8_t(scale[j] | scale[j + 4] >> 4 << 6);
    s[j + 4] = uint8_t(min[j] | min[j + 4] >> 4 << 6);
    s[j + 8] = uint8_t((scale[j + 4] & 15) | (min[j + 4] & 15) << 4);
  }
}

void pack_q3_scales(const int16_t* scale, uint8_t* s) {
  std::fill_n(s, 12, uint8_t(0));
  for (int i = 0; i < 16; ++i) {
    const int stored = scale[i] + 32;
    s[i % 8] = uint8_t(s[i % 8] | (stored & 15) << (i / 8 * 4));
    s[8 + i % 4] = uint8_t(s[8 + i % 4] | stored >> 4 << (i / 4 * 2));
  }
}

}  // namespace

void q2_k_encode(const float* values, const float* weight, uint8_t* block) {
  const auto found = find_with_mins<16>(values, weight, 3, 15);
  put_u16(block + Q2K::kD, found.scales.d);
  put_u16(block + Q2K::kDmin, found.mins.d);
  for (int i = 0; i < 16; ++i) {
    block[Q2K::kScales + i] = uint8_t(found.scales.scale[i] | found.mins.scale[i] << 4);
  }
  pack_two_bits(found.q, block + Q2K::kQ);
}

void q3_k_encode(const float* values, const float* weight, uint8_t* block) {
  auto found = find_signed(values, weight, -4, -32);
  put_u16(block + Q3K::kD, found.scales.d);
  pack_q3_scales(found.scales.scale, block + Q3K::kScales);
  for (int8_t& level : found.q) level = int8_t(level + 4);
  pack_mask(found.q, 2, block + Q3K::kMask);
  pack_two_bits(found.q, block + Q3K::kQ);
}

void q4_k_encode(const float* values, const float* weight, uint8_t* block) {
  const auto found = find_with_mins<8>(values, weight, 15, 63);
  put_u16(block + Q4K::kD, found.scales.d);
  put_u16(block + Q4K::kDmin, found.mins.d);
  pack_scales_and_mins(found.scales.scale, found.mins.scale, block + Q4K::kScales);
  pack_nibble_groups(found.q, block + Q4K::kQ);
}

void q5_k_encode(const float* values, const float* weight, uint8_t* block) {
  const auto found = find_with_mins<8>(values, weight, 31, 63);
  put_u16(block + Q5K::kD, found.scales.d);
  put_u16(block + Q5K::kDmin, found.mins.d);
  pack_scales_and_mins(found.scales.scale, found.mins.scale, block + Q5K::kScales);
  pack_mask(found.q, 4, block + Q5K::kMask);
  pack_nibble_groups(found.q, block + Q5K::kQ);
}

void q6_k_encode(const float* values, const float* weight, uint8_t* block) {
  const auto found = find_signed(values, weight, -32, -128);
  put_u16(block + Q6K::kD, found.scales.d);
  int8_t high[kMaxBlock];
  std::fill_n(block + Q6K::kLow, 128, uint8_t(0));
  for (int i = 0; i < kMaxBlock; ++i) {
    const int level = found.q[i] + 32;
    uint8_t& low = block[Q6K::kLow + i / 128 * 64 + i % 64];
    low = uint8_t(low | (level & 15) << (i / 64 % 2 * 4));
    high[i] = int8_t(level >> 4);
  }
  pack_two_bits(high, block + Q6K::kHigh);
  for (int i = 0; i < 16; ++i) block[Q6K::kScales + i] = uint8_t(found.scales.scale[i]);
}

}  // namespace straddle::quant
