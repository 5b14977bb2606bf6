// Chooses experts. One source for all ISAs: its sums are short.
#include <algorithm>
#include <cmath>
#include <limits>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// The smallest normal number of f16, as llama.cpp has it.
constexpr float kSmallestSum = 6.103515625e-5f;

void softmax(const Kernels& k, float* x, size_t n) {
  k.exp_below(x, *std::max_element(x, x + n), x, n);
  const float sum = k.sum(x, n);
  for (size_t i = 0; i < n; ++i) x[i] /= sum;
}

// Sum of the two best of a group.
float group_score(const float* scores, size_t size) {
  float best = scores[0], second = -std::numeric_limits<float>::infinity();
  for (size_t i = 1; i < size; ++i) {
    second = std::max(second, std::min(best, scores[i]));
    best = std::max(best, scores[i]);
  }
  return size > 1 ? best + second : best;
}

// True where fewer than `used` groups are better (smaller index first on ties).
bool group_stays(const float* scores, size_t size, uint32_t group, const Route& op) {
  const float own = group_score(scores + group * size, size);
  uint32_t better = 0;
  for (uint32_t g = 0; g < op.groups; ++g) {
    const float other = group_score(scores + g * size, size);
    better += other > own || (other == own && g < group);
  }
  return better < op.groups_used;
}

// The best not yet taken; taken ones are marked by a score that nothing reaches.
size_t take_best(float* scores, size_t n, uint8_t* open) {
  size_t best = n;
  for (size_t i = 0; i < n; ++i) {
    if (open[i] && (best == n || scores[i] > scores[best])) best = i;
  }
  open[best] = 0;
  return best;
}

// probabilities [experts] become what is summed; scores [experts] what is compared; open [experts].
void choose(const Route& op, const Kernels& k, const float* probabilities, float* scores, uint8_t* open,
            float* ids, float* weights) {
  const size_t experts = op.logits.width, chosen = op.ids.width, size = experts / op.groups;
  for (uint32_t g = 0; g < op.groups; ++g) {
    std::fill_n(open + g * size, size, uint8_t(op.groups == 1 || group_stays(scores, size, g, op)));
  }
  for (size_t j = 0; j < chosen; ++j) {
    const auto e = int32_t(take_best(scores, experts, open));
    weights[j] = probabilities[e];
    __builtin_memcpy(&ids[j], &e, sizeof e);
  }
  if (op.gate == Route::Gate::softmax_later) softmax(k, weights, chosen);
  float sum = 1;
  if (op.normalise) sum = std::max(k.sum(weights, chosen), kSmallestSum);
  for (size_t j = 0; j < chosen; ++j) weights[j] = weights[j] / sum * op.scale;
}

}  // namespace

void perform(const Task& task, const Route& op) {
  const Kernels& k = task.kernels();
  const size_t experts = op.logits.width;
  const float* bias = task.vector(op.bias);
  float* probabilities = task.room().floats.data();
  float* scores = probabilities + experts;
  auto* open = reinterpret_cast<uint8_t*>(scores + experts);
  const Share s = task.share(task.rows(op.logits.rows));
  for (size_t r = s.begin; r < s.end; ++r) {
    std::copy_n(task.row(op.logits, r), experts, probabilities);
    if (op.gate == Route::Gate::softmax) softmax(k, probabilities, experts);
    if (op.gate == Route::Gate::sigmoid)
      k.act(Activation::sigmoid, probabilities, probabilities, experts);
    for (size_t e = 0; e < experts; ++e) {
      scores[e] = probabilities[e] + (bias ? bias[e] : 0.0f);
      if (!std::isnan(scores[e])) continue;
      probabilities[e] = scores[e];
      scores[e] = std::numeric_limits<float>::infinity();
    }
    choose(op, k, probabilities, scores, open, task.row(op.ids, r), task.row(op.weights, r));
  }
}

}  // namespace straddle::device::cpu
