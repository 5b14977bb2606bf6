#include "plan/search.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "plan/bound.h"
#include "plan/families.h"
#include "plan/fill.h"
#include "plan/improve.h"
#include "plan/pack.h"
#include "plan/priced.h"
#include "plan/relieve.h"

namespace straddle::plan {
namespace {

constexpr int64_t kTie = 1000;  // ns
constexpr size_t kImproved = 10;

struct Candidate {
  Counts counts;
  int64_t ns = 0;
  uint32_t crossings = 0;
  uint64_t helper_bytes = 0;
  bool fits = false;
};

Candidate judge(const Problem& p, Counts counts) {
  const Walk way = walk(p, counts);
  const std::vector<uint64_t> taken = taken_bytes(p, counts);
  Candidate out{.ns = way.total_ns, .crossings = way.crossings, .fits = fits(p, taken)};
  for (uint32_t d = 1; d < p.disk(); ++d) out.helper_bytes += taken[d];
  out.counts = std::move(counts);
  return out;
}

uint64_t room_of(const Problem& p, const Counts& counts, uint32_t device) {
  uint64_t taken = p.places[device].fixed();
  for (size_t s = 0; s < p.stages.size(); ++s) taken += stage_bytes(p, p.stages[s], counts[s], device);
  const uint64_t budget = p.places[device].budget;
  return budget > taken ? budget - taken : 0;
}

struct Outcome {
  Candidate best;
  double bound_ns = 0;
};

// Device after device: each takes of what home has still.
Outcome fill_family(const Problem& p, Counts counts, const Family& family) {
  double bound = std::numeric_limits<double>::max();
  for (const uint32_t d : family.devices) {
    const Walk way = walk(p, counts);
    Filled filled = fill(p, counts, way, d, room_of(p, counts, d));
    bound = std::min(bound, double(way.ns) - filled.bound_ns);
    counts = std::move(filled.counts);
  }
  Outcome out{judge(p, std::move(counts)), bound};
  out.bound_ns = std::min(out.bound_ns, double(out.best.ns));
  return out;
}

// The fastest; within a tie fewer crossings, then less memory beside home.
const Candidate* choose(const std::vector<Candidate>& candidates) {
  int64_t least = std::numeric_limits<int64_t>::max();
  for (const Candidate& c : candidates)
    if (c.fits) least = std::min(least, c.ns);
  const Candidate* best = nullptr;
  const auto rank = [](const Candidate& c) {
    return std::make_tuple(c.crossings, c.helper_bytes, c.ns);
  };
  for (const Candidate& c : candidates)
    if (c.fits && c.ns - least <= kTie && (!best || rank(c) < rank(*best))) best = &c;
  return best;
}

// What is faster than all that fits, but asks too much of home, may fit after a change.
void relieve(const Problem& p, std::vector<Candidate>& candidates) {
  const Candidate* best = choose(candidates);
  const int64_t least = best ? best->ns : std::numeric_limits<int64_t>::max();
  const size_t count = candidates.size();
  for (size_t i = 0; i < count; ++i) {
    if (candidates[i].fits || candidates[i].ns >= least) continue;
    for (Counts& counts : relieved(p, candidates[i].counts)) {
      candidates.push_back(judge(p, std::move(counts)));
    }
  }
}

// Those that came close may gain more than the best one.
void improve_best(const Problem& p, std::vector<Candidate>& candidates) {
  std::vector<const Candidate*> order;
  for (const Candidate& c : candidates)
    if (c.fits) order.push_back(&c);
  const size_t count = std::min(order.size(), kImproved);
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [](const Candidate* a, const Candidate* b) { return a->ns < b->ns; });
  std::vector<Candidate> better;
  for (size_t i = 0; i < count; ++i) {
    const auto same = [&](const Candidate* other) { return other->counts == order[i]->counts; };
    if (i > 1 && std::any_of(order.begin() + 1, order.begin() + i, same)) continue;
    better.push_back(judge(p, improved(p, order[i]->counts, i == 0)));
  }
  std::move(better.begin(), better.end(), std::back_inserter(candidates));
}

}  // namespace

std::optional<Found> search(const Problem& p, const Counts& pinned) {
  std::vector<Candidate> candidates;
  double bound = std::numeric_limits<double>::max();
  std::optional<std::pair<Counts, std::vector<uint32_t>>> last;
  for (const Family& family : families(p)) {
    auto placed = place_family(p, pinned, family);
    if (!placed || (last && last->first == *placed && last->second == family.devices)) continue;
    last = {*placed, family.devices};  // pins make many families the same
    Outcome out = fill_family(p, std::move(*placed), family);
    bound = std::min(bound, out.bound_ns);
    candidates.push_back(std::move(out.best));
  }
  for (const auto& devices : device_orders(p))
    for (Counts& counts : priced(p, pinned, devices)) candidates.push_back(judge(p, std::move(counts)));
  relieve(p, candidates);
  const Candidate* best = choose(candidates);
  if (!best) {
    auto packed = pack(p, pinned);
    if (!packed) return std::nullopt;
    candidates.push_back(judge(p, std::move(*packed)));
    best = &candidates.back();
  }
  improve_best(p, candidates);
  best = choose(candidates);
  bound = std::max(bound, double(disk_bound_ns(p)));
  return Found{best->counts, int64_t(std::min(bound, double(best->ns)))};
}

}  // namespace straddle::plan
