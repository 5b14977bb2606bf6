#include "sample/chain.h"

#include <algorithm>
#include <cmath>

namespace straddle::sample {
namespace {

// Better logit first; the smaller id among equals, so that the order is one and the same everywhere.
bool better(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

}  // namespace

void penalise_repeats(Candidates all, std::span<const int32_t> history, float penalty,
                      std::span<uint8_t> seen) {
  for (int32_t id : history) {
    if (size_t(id) >= all.size() || seen[size_t(id)]) continue;
    seen[size_t(id)] = 1;
    float& logit = all[size_t(id)].logit;
    logit = logit > 0 ? logit / penalty : logit * penalty;
  }
  for (int32_t id : history) {
    if (size_t(id) < seen.size()) seen[size_t(id)] = 0;
  }
}

Candidates keep_top_k(Candidates all, size_t k) {
  const size_t kept = k == 0 ? all.size() : std::min(k, all.size());
  std::partial_sort(all.begin(), all.begin() + long(kept), all.end(), better);
  return all.first(kept);
}

void softmax(Candidates sorted) {
  double sum = 0;
  for (Candidate& c : sorted) sum += c.p = float(std::exp(double(c.logit) - sorted[0].logit));
  for (Candidate& c : sorted) c.p = float(c.p / sum);
}

Candidates keep_top_p(Candidates sorted, double p) {
  double sum = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    sum += sorted[i].p;
    if (sum >= p) return sorted.first(i + 1);
  }
  return sorted;
}

Candidates keep_min_p(Candidates sorted, double min_p) {
  const double floor = min_p * sorted[0].p;
  size_t kept = 1;
  while (kept < sorted.size() && sorted[kept].p >= floor) ++kept;
  return sorted.first(kept);
}

void apply_temperature(Candidates sorted, double temperature) {
  for (Candidate& c : sorted) c.logit = float(c.logit / temperature);
}

int32_t draw(Candidates sorted, double random) {
  double sum = 0;
  for (const Candidate& c : sorted) {
    sum += c.p;
    if (random < sum) return c.id;
  }
  return sorted.back().id;
}

}  // namespace straddle::sample
