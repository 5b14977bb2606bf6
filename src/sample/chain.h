// The steps of the chain. Candidates come in order of id and leave sorted by logit, best first, after
// the first step that needs it.
#pragma once
#include <span>

#include "sample/sample.h"

namespace straddle::sample {

using Candidates = std::span<Candidate>;

// logit / penalty where positive, * penalty where negative, for tokens that occur in `history` (arXiv
// 1909.05858).
void penalise_repeats(Candidates all, std::span<const int32_t> history, float penalty,
                      std::span<uint8_t> seen);

// The k best, sorted; all of them where k is 0.
Candidates keep_top_k(Candidates all, size_t k);
// p = softmax(logits).
void softmax(Candidates sorted);
// The shortest run of best candidates whose probabilities reach p (at least one).
Candidates keep_top_p(Candidates sorted, double p);
// Those with at least min_p times the best one's probability (arXiv 2407.01082).
Candidates keep_min_p(Candidates sorted, double min_p);
void apply_temperature(Candidates sorted, double temperature);
// The candidate at `random` of the cumulated probabilities.
int32_t draw(Candidates sorted, double random);

}  // namespace straddle::sample
