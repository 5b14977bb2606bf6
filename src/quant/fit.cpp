#include "quant/fit.h"

namespace straddle::quant {
namespace {

struct Sums {
  double w = 0, x = 0, xx = 0;   // of the weights and values
  double q = 0, qq = 0, xq = 0;  // with the integers of a candidate
};

Sums value_sums(const Weighted& of) {
  Sums out;
  for (int i = 0; i < of.n; ++i) {
    const double wx = double(of.weights[i]) * of.values[i];
    out.w += of.weights[i];
    out.x += wx;
    out.xx += wx * of.values[i];
  }
  return out;
}

void add_integers(const Weighted& of, float inverse, float min, float levels, Sums& out) {
  for (int i = 0; i < of.n; ++i) {
    const float q = round_half_even(std::clamp((of.values[i] - min) * inverse, 0.0f, levels));
    const double wq = double(of.weights[i] * q);
    out.q += wq;
    out.qq += wq * q;
    out.xq += wq * of.values[i];
  }
}

struct Fit {
  double scale = 0, min = 0, error = 0;
};

// The normal equations of values = scale * q + min, or without min where it may not be positive.
// With the solution put in, the squared error is xx - scale xq - min x.
Fit solve(const Sums& s, bool below_zero) {
  Fit out;
  const double determinant = s.w * s.qq - s.q * s.q;
  if (determinant > 0) {
    out.scale = (s.w * s.xq - s.x * s.q) / determinant;
    out.min = (s.qq * s.x - s.q * s.xq) / determinant;
  }
  if (determinant <= 0 || (below_zero && out.min > 0)) {
    out.scale = s.qq > 0 ? s.xq / s.qq : 0;
    out.min = 0;
  }
  out.error = s.xx - out.scale * s.xq - out.min * s.x;
  return out;
}

}  // namespace

ScaleAndMin best_scale_and_min(const Weighted& of, int levels, bool below_zero) {
  const auto [low, high] = std::minmax_element(of.values, of.values + of.n);
  const float min = below_zero ? std::min(*low, 0.0f) : *low;
  const float range = *high - min;
  if (!(range > 0)) return {0, min};
  const Sums fixed = value_sums(of);
  Fit best;
  for (int t = 0; t <= 20; ++t) {
    const float reach = float(levels) - 1.0f + 0.1f * float(t);
    Sums sums = fixed;
    add_integers(of, reach / range, min, float(levels), sums);
    const Fit fit = solve(sums, below_zero);
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
