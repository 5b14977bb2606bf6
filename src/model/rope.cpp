// Angles of rotary embedding, made on the host in double. Yarn: arXiv 2309.00071.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/model.h"

namespace straddle::model {
namespace {

// Column whose wavelength fits `turns` times into the original context.
double yarn_column(const RotaryEmbedding& rope, double turns) {
  return rope.rotated * std::log(rope.original_context / (turns * 2 * std::numbers::pi)) /
         (2 * std::log(rope.base));
}

// How far pair i is left unscaled: 1 for fast pairs, 0 for slow ones.
double yarn_share(const RotaryEmbedding& rope, uint32_t i) {
  const double low = std::max(0.0, std::floor(yarn_column(rope, rope.beta_fast)));
  const double high = std::min(rope.rotated - 1.0, std::ceil(yarn_column(rope, rope.beta_slow)));
  return 1 - std::clamp((i - low) / std::max(0.001, high - low), 0.0, 1.0);
}

}  // namespace

void rope_angles(const RotaryEmbedding& rope, std::span<const uint32_t> positions,
                 std::span<float> out) {
  const uint32_t half = rope.rotated / 2;
  for (uint32_t i = 0; i < half; ++i) {
    const double frequency =
        std::pow(rope.base, -2.0 * i / rope.rotated) / (rope.factors.empty() ? 1 : rope.factors[i]);
    const double share = rope.yarn ? yarn_share(rope, i) : 0;
    for (size_t r = 0; r < positions.size(); ++r) {
      const double theta = positions[r] * frequency;
      const double angle = theta / rope.factor * (1 - share) + theta * share;
      out[(r * half + i) * 2] = float(std::cos(angle) * rope.magnitude);
      out[(r * half + i) * 2 + 1] = float(std::sin(angle) * rope.magnitude);
    }
  }
}

void row_factors(const Blueprint::Temperature& t, std::span<const uint32_t> positions,
                 std::span<float> out) {
  for (size_t r = 0; r < positions.size(); ++r) {
    out[r] = float(1 + t.scale * std::log(std::floor(positions[r] / t.origin) + 1));
  }
}

}  // namespace straddle::model
