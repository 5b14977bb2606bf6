#include <utility>

#include "sample/steps.h"

namespace straddle::sample {

void add_bias(Logits logits, std::span<const options::TokenBias> biases) {
  for (const auto& [token, bias] : biases) {
    if (size_t(token) < logits.size()) logits[size_t(token)] += float(bias);
  }
}

void penalise(Logits logits, History window, const Penalties& penalties, std::span<uint32_t> counts) {
  for (const int32_t id : window) {
    if (size_t(id) < counts.size()) ++counts[size_t(id)];
  }
  for (const int32_t id : window) {
    if (size_t(id) >= counts.size() || counts[size_t(id)] == 0) continue;
    const float count = float(std::exchange(counts[size_t(id)], 0));
    float& logit = logits[size_t(id)];
    logit = logit > 0 ? logit / penalties.repeat : logit * penalties.repeat;
    logit -= penalties.presence + count * penalties.frequency;
  }
}

}  // namespace straddle::sample
