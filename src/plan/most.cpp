#include "plan/most.h"

#include <algorithm>

#include "plan/cost.h"

namespace straddle::plan {
namespace {

class Filler {
 public:
  Filler(uint32_t device, const Problem& p, Counts& counts) : device_(device), p_(p), counts_(counts) {}

  // The most steps that fit, of all those that may be tried.
  void place(uint32_t s, uint32_t least) {
    const Stage& stage = p_.stages[s];
    for (uint32_t n = stage.steps; n >= least && n > 0; --n) {
      move(s, n);
      if (fits()) return;
      move(s, 0);
    }
  }

 private:
  void move_one(uint32_t s, uint32_t steps) {
    const Stage& stage = p_.stages[s];
    for (uint32_t& each : counts_[s]) each = 0;
    counts_[s][device_] = steps;
    counts_[s][p_.home()] = stage.steps - steps;
  }

  // Stages that share a cache are whole.
  void move(uint32_t s, uint32_t steps) {
    move_one(s, steps);
    for (uint32_t other = s + 1; other < p_.stages.size(); ++other)
      if (p_.stages[other].follows == s) move_one(other, steps ? p_.stages[other].steps : 0);
  }

  bool fits() const {
    const auto taken = taken_bytes(p_, counts_);
    return taken[device_] <= p_.places[device_].budget &&
           (!p_.places[device_].in_home_memory || home_bytes(p_, taken) <= p_.places[p_.home()].budget);
  }

  const uint32_t device_;
  const Problem& p_;
  Counts& counts_;
};

// Whole while they fit, in this order, then some steps of those that may be cut.
Counts filled(std::span<const uint32_t> stages, uint32_t device, const Problem& p, Counts counts) {
  Filler filler(device, p, counts);
  for (const uint32_t s : stages) filler.place(s, p.stages[s].steps);
  for (const uint32_t s : stages)
    if (counts[s][p.home()] > 0 && !p.stages[s].whole) filler.place(s, 1);
  return counts;
}

// Of those that may not be cut the largest that was left out; end of `stages` where none was.
auto largest_left(std::vector<uint32_t>& stages, uint32_t device, const Problem& p,
                  const Counts& counts) {
  auto most = stages.end();
  uint64_t most_bytes = 0;
  for (auto s = stages.begin(); s != stages.end(); ++s) {
    const Stage& stage = p.stages[*s];
    if (!stage.whole || counts[*s][device] > 0) continue;
    std::vector<uint32_t> all(p.places.size());
    all[device] = stage.steps;
    const uint64_t bytes = stage_bytes(p, stage, all, device);
    if (bytes > most_bytes) most = s, most_bytes = bytes;
  }
  return most;
}

}  // namespace

void place_most(std::span<const uint32_t> stages, uint32_t device, Problem& p, Counts& counts) {
  std::vector<uint32_t> own;
  for (const uint32_t s : stages) {
    p.stages[s].fixed = true;
    if (p.stages[s].follows == ops::kNone && !p.stages[s].tied) own.push_back(s);
  }
  std::ranges::reverse(own);
  Counts best = filled(own, device, p, counts);
  if (const auto left = largest_left(own, device, p, best); left != own.end()) {
    std::rotate(own.begin(), left, left + 1);
    Counts other = filled(own, device, p, counts);
    if (taken_bytes(p, other)[device] > taken_bytes(p, best)[device]) best = std::move(other);
  }
  counts = std::move(best);
}

}  // namespace straddle::plan
