#include "quant/fit.h"

namespace straddle::quant {
namespace {

constexpr int kTries = 21;

// Weighted sums of the values, and of the integers of every candidate.
struct Sums {
  double w = 0, x = 0, xx = 0;
  double q[kTries] = {}, qq[kTries] = {}, xq[kTries] = {};
};

void add_values(const Weighted& of, Sums& out) {
  for (int i = 0; i < of.n; ++i) {
    const double wx = double(of.weights[i]) * of.values[i];
    out.w += of.weights[i];
    out.x += wx;
    out.xx += wx * of.values[i];
  }
}

void add_integers(const Weighted& of, const float* inverse, float min, float levels, Sums& out) {
  for (int i = 0; i < of.n; ++i) {
    const float value = of.values[i], above = value - min, weight = of.weights[i];
    for (int t = 0; t < kTries; ++t) {  // the inner loop: independent sums, for the vectoriser
      const float q = round_half_even(std::clamp(above * inverse[t], 0.0f, levels));
      const double wq = double(weight * q);
      out.q[t] += wq;
      out.qq[t] += wq * q;
      out.xq[t] += wq * value;
    }
  }
}

struct Fit {
  double scale = 0, min = 0, error = 0;
};

// The normal equations of values = scale * q + min, or without min where it may not be positive.
// With the solution put in, the squared error is xx - scale xq - min x.
Fit solve(const Sums& s, int t, bool below_zero) {
  Fit out;
  const double q = s.q[t], qq = s.qq[t], xq = s.xq[t];
  const double determinant = s.w * qq - q * q;
  if (determinant > 0) {
    out.scale = (s.w * xq - s.x * q) / determinant;
    out.min = (qq * s.x - q * xq) / determinant;
  }
  if (determinant <= 0 || (below_zero && out.min > 0)) {
    out.scale = qq > 0 ? xq / qq : 0;
    out.min = 0;
  }
  out.error = s.xx - out.scale * xq - out.min * s.x;
  return out;
}

}  // namespace

ScaleAndMin best_scale_and_min(const Weighted& of, int levels, bool below_zero) {
  const auto [low, high] = std::minmax_element(of.values, of.values + of.n);
  const float min = below_zero ? std::min(*low, 0.0f) : *low;
  const float range = *high - min;
  if (!(range > 0)) return {0, min};
  float inverse[kTries];
  for (int t = 0; t < kTries; ++t) inverse[t] = (float(levels) - 1 + 0.1f * float(t)) / range;
  Sums sums;
  add_values(of, sums);
  add_integers(of, inverse, min, float(levels), sums);
  Fit best;
  for (int t = 0; t < kTries; ++t) {
    const Fit fit = solve(sums, t, below_zero);
    if (fit.scale > 0 && (best.scale == 0 || fit.error < best.error)) best = fit;
  }
  return {float(best.scale), float(best.min)};
}

void weigh(const float* values, const float* importance, int n, float* weights) {
  double squares = 0, important = 0;
  for (int i = 0; i < n; ++i) {
    squares += double(values[i]) * values[i];
    important += importance ? importance[i] : 1.0f;
  }
  const double per_mean = squares > 0 ? n / squares : 0;
  const bool usable = importance && important > 0 && important < 1e30;
  const float least = usable ? float(important / n * 1e-6) : 1.0f;
  for (int i = 0; i < n; ++i) {
    const double size = std::sqrt(1 + double(values[i]) * values[i] * per_mean);
    weights[i] = float(size) * (usable ? std::max(least, importance[i]) : 1.0f);
  }
}

uint16_t to_scale(float scale) { return to_f16(std::clamp(scale, -65504.0f, 65504.0f)); }

}  // namespace straddle::quant
