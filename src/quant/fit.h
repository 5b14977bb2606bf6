// The searches behind the quantizers: which scale (and min) lets integers meet a few values with the
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
  if (most == 0) return 0;
  constexpr int kTries = 19;
  float inverse[kTries];
  for (int t = 0; t < kTries; ++t) inverse[t] = (lowest + step * float(t - 9)) / most;
  double xq[kTries] = {}, qq[kTries] = {};
  for (int i = 0; i < of.n; ++i) {
    for (int t = 0; t < kTries; ++t) {  // the inner loop: independent sums, for the vectoriser
      const float level = nearest(of.values[i] * inverse[t]), weighted = of.weights[i] * level;
      xq[t] += double(weighted) * of.values[i];
      qq[t] += double(weighted) * level;
    }
  }
  // The squared error is sum(w x^2) - xq^2 / qq.
  double best = 0;
  float scale = 0;
  for (int t = 0; t < kTries; ++t) {
    if (!(qq[t] > 0 && xq[t] * xq[t] > best * qq[t])) continue;
    best = xq[t] * xq[t] / qq[t];
    scale = float(xq[t] / qq[t]);
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
void quantize_scales(const float (&scales)[n], float lowest, SubScales<n>& out) {
  out.d = to_scale(extreme(scales, n) / lowest);
  const Integral nearest{std::min(lowest, 0.0f), lowest < 0 ? -lowest - 1 : lowest};
  const float inverse = inverse_of(from_f16(out.d));
  for (int i = 0; i < n; ++i) out.scale[i] = int16_t(nearest(scales[i] * inverse));
}

}  // namespace straddle::quant
