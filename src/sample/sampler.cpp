#include <algorithm>
#include <cmath>
#include <limits>

#include "sample/chain.h"

namespace straddle::sample {

// splitmix64 of seed and position (Steele, Lea, Flood 2014): the same number on every platform.
double random_at(uint64_t seed, uint64_t position) {
  uint64_t z = seed + (position + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return double(z >> 11) * 0x1.0p-53;
}

Sampler::Sampler(const options::Options& options, size_t vocabulary, uint64_t seed)
    : options_(options), seed_(seed), all_(vocabulary), seen_(vocabulary) {}

int32_t Sampler::choose(std::span<const float> logits, std::span<const int32_t> history) {
  const float lowest = -std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < all_.size(); ++i) {
    all_[i] = {int32_t(i), std::isnan(logits[i]) ? lowest : logits[i], 0};
  }
  if (options_.repeat_penalty != 1) {
    const size_t window = options_.repeat_last_n < 0 ? history.size() : size_t(options_.repeat_last_n);
    penalise_repeats(all_, history.last(std::min(window, history.size())),
                     float(options_.repeat_penalty), seen_);
  }
  if (options_.temperature == 0) return keep_top_k(all_, 1)[0].id;
  Candidates kept = keep_top_k(all_, size_t(options_.top_k));
  softmax(kept);
  if (options_.top_p < 1) kept = keep_top_p(kept, options_.top_p);
  if (options_.min_p > 0) kept = keep_min_p(kept, options_.min_p);
  apply_temperature(kept, options_.temperature);
  softmax(kept);
  return draw(kept, random_at(seed_, history.size()));
}

}  // namespace straddle::sample
