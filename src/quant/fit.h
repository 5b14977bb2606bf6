// The searches behind the quantisers: which scale (and min) lets integers meet a few values with the
// least weighted squared error.
//
// A candidate scale fixes the integers; with the integers fixed, the best scale (and min) is plain
// least squares. So a handful of candidates around the obvious one is tried and the least squares
// answer of the best is kept. Values are 0 or between 2^-100 and 2^100 (formats.cpp sees to it);
// sums are in double, so nothing here over- or underflows.
#pragma once
#include <algorithm>
#include <cmath>

#include "quant/quant.h"
#include "quant/rounding.h"

namespace straddle::quant {

// n values and how much the squared error of each counts (> 0, or 0).
struct Weighted {
  const float* values;
  const float* weights;
  int n;
};

// Values are met by d * level, level in lowest .. highest (|lowest| the larger one).
struct Integral {
  float lowest, highest;
  float operator()(float level) const { return round_half_even(std::clamp(level, lowest, highest)); }
};

// The value with the largest magnitude, with its sign.
inline float extreme(const float* values, int n) {
  float out = 0;
  for (int i = 0; i < n; ++i) out = std::fabs(values[i]) > std::fabs(out) ? values[i] : out;
  return out;
}

// Scale d for values = d * nearest(values / d). nearest: a float to the closest level that there is.
// The extreme value may meet lowest - 9 step .. lowest + 9 step.
template <class Nearest>
float best_scale(const Weighted& of, float lowest, float step, Nearest nearest) {
  const float most = extreme(of.values, of.n);
  double best = 0;
  float scale = 0;
  if (most == 0) return 0;
  for (int t = -9; t <= 9; ++t) {
    const double inverse = double(lowest + step * float(t)) / most;
    double xq = 0, qq = 0;
    for (int i = 0; i < of.n; ++i) {
      const float level = nearest(float(of.values[i] * inverse));
      xq += double(of.weights[i] * level) * of.values[i];
      qq += double(of.weights[i] * level) * level;
    }
    // The squared error is sum(w x^2) - xq^2 / qq.
    if (qq > 0 && xq * xq > best * qq) {
      best = xq * xq / qq;
      scale = float(xq / qq);
    }
  }
  return scale;
}

struct ScaleAndMin {
  float scale, min;
};

// values = scale * q + min, q in 0 .. levels, scale >= 0. With `below_zero`, min <= 0.
ScaleAndMin best_scale_and_min(const Weighted& of, int levels, bool below_zero);

// Weights of n values: importance times sqrt(1 + square / mean square), so that large values count
// more, yet small ones are not forgotten. No importance falls below a millionth of the mean; null,
// and importances without a usable mean, count as all equal.
void weigh(const float* values, const float* importance, int n, float* weights);

// The scales of n sub-blocks as integers times one half-precision number.
template <int n>
struct SubScales {
  uint16_t d = 0;
  int16_t scale[n];
};

// A scale as it is stored: half precision, at most its largest number.
uint16_t to_scale(float scale);

// 1 / scale, or 0 for a scale of 0: then every level becomes 0.
inline float inverse_of(float scale) { return scale == 0 ? 0 : 1 / scale; }

// The scale of largest magnitude becomes `lowest` (negative: scales of both signs, up to
// -lowest - 1) or `lowest` itself is the highest of scales that are all positive.
template <int n>
void quantise_scales(const float (&scales)[n], float lowest, SubScales<n>& out) {
  out.d = to_scale(extreme(scales, n) / lowest);
  const Integral nearest{std::min(lowest, 0.0f), lowest < 0 ? -lowest - 1 : lowest};
  const float inverse = inverse_of(from_f16(out.d));
  for (int i = 0; i < n; ++i) out.scale[i] = int16_t(nearest(scales[i] * inverse));
}

}  // namespace straddle::quant
