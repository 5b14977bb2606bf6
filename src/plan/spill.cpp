#include "plan/spill.h"

#include <algorithm>

namespace straddle::plan {
namespace {

// Steps of home that the disk may have. Where other devices share the stage home keeps one, and with it
// the tensors that are not cut.
uint32_t for_disk(const Problem& p, const Counts& counts, uint32_t s) {
  const uint32_t has = counts[s][p.home()];
  if (p.stages[s].tied) return 0;
  if (p.stages[s].whole) return has == p.stages[s].steps ? has : 0;
  return has + counts[s][p.disk()] == p.stages[s].steps ? has : has ? has - 1 : 0;
}

// What is read least comes first: reads per byte, in thousandths.
uint64_t read_share(const Stage& stage) {
  const Share& all = stage.on.back().back();
  return all.weights ? uint64_t(Wide(all.read) * 1000 / all.weights) : 1000;
}

uint64_t freed_by(const Stage& stage, uint32_t has, uint32_t steps) {
  return stage.on[0][has].weights - stage.on[0][has - steps].weights;
}

// Equal shares of all these stages, so that the disk never idles. Gives what was freed.
int64_t spill_evenly(const Problem& p, Counts& counts, const std::vector<uint32_t>& stages,
                     int64_t need) {
  int64_t all = 0, freed = 0, due = 0;
  for (const uint32_t s : stages)
    all += int64_t(freed_by(p.stages[s], counts[s][p.home()], for_disk(p, counts, s)));
  for (const uint32_t s : stages) {
    const uint32_t has = counts[s][p.home()], most = for_disk(p, counts, s);
    due += all ? int64_t(Wide(freed_by(p.stages[s], has, most)) * std::min(need, all) / all) : 0;
    uint32_t steps = 0;
    while (steps < most && freed + int64_t(freed_by(p.stages[s], has, steps)) < due) ++steps;
    freed += int64_t(freed_by(p.stages[s], has, steps));
    counts[s][p.home()] -= steps;
    counts[s][p.disk()] += steps;
  }
  return freed;
}

}  // namespace

std::optional<Counts> spill(const Problem& p, Counts counts) {
  std::vector<uint32_t> order;
  for (uint32_t s = 0; s < p.stages.size(); ++s)
    if (for_disk(p, counts, s)) order.push_back(s);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return read_share(p.stages[a]) < read_share(p.stages[b]);
  });
  int64_t need = home_excess(p, counts) + int64_t(p.disk_ring);
  for (size_t begin = 0, end = 0; begin < order.size() && need > 0; begin = end) {
    while (end < order.size() && read_share(p.stages[order[end]]) == read_share(p.stages[order[begin]]))
      ++end;
    const std::vector<uint32_t> equal(order.begin() + begin, order.begin() + end);
    for (int64_t freed = 1; need > 0 && freed > 0; need -= freed)
      freed = spill_evenly(p, counts, equal, need);
  }
  if (need > 0) return std::nullopt;
  return counts;
}

}  // namespace straddle::plan
