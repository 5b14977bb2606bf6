#include "plan/relieve.h"

#include <algorithm>

#include "plan/spill.h"

namespace straddle::plan {
namespace {

// Stages that go together: one, and those that read its cache.
struct Push {
  std::vector<uint32_t> stages;
  int64_t cost_ns = 0;
  int64_t freed = 0;  // of home, by all of it
  int64_t taken = 0;  // of the first other device
};

class Pusher {
 public:
  Pusher(const Problem& p, const Counts& counts)
      : p_(p), counts_(counts), taken_(taken_bytes(p, counts)), excess_(home_excess(p, counts)) {}

  int64_t excess_bytes() const { return excess_; }
  const Counts& counts() const { return counts_; }

  // As much of it as helps and fits, to the first device with room for any.
  void apply(const Push& push) {
    for (uint32_t d = 1; d < p_.disk() && excess_ > 0; ++d) {
      if (p_.places[d].in_home_memory) continue;
      if (push.stages.size() > 1 || p_.stages[push.stages[0]].whole) {
        move_all(push, d);
      } else {
        move_some(push.stages[0], d);
      }
    }
  }

 private:
  int64_t room(uint32_t d) const {
    const uint64_t taken = taken_[d] ? taken_[d] : p_.places[d].fixed();
    return int64_t(p_.places[d].budget) - int64_t(taken);
  }

  void give(uint32_t s, uint32_t d, uint32_t steps) {
    const uint64_t home = stage_bytes(p_, p_.stages[s], counts_[s], p_.home());
    const uint64_t there = stage_bytes(p_, p_.stages[s], counts_[s], d);
    if (!taken_[d]) taken_[d] = p_.places[d].fixed();
    counts_[s][p_.home()] -= steps;
    counts_[s][d] += steps;
    excess_ -= int64_t(home) - int64_t(stage_bytes(p_, p_.stages[s], counts_[s], p_.home()));
    taken_[d] += stage_bytes(p_, p_.stages[s], counts_[s], d) - there;
  }

  void move_all(const Push& push, uint32_t d) {
    int64_t bytes = 0;
    for (const uint32_t s : push.stages) {
      if (counts_[s][p_.home()] != p_.stages[s].steps) return;
      bytes += int64_t(p_.stages[s].on[d].back().bytes());
    }
    if (bytes > room(d)) return;
    for (const uint32_t s : push.stages) give(s, d, counts_[s][p_.home()]);
  }

  // The fewest steps that are enough, or the most that fit.
  void move_some(uint32_t s, uint32_t d) {
    const Stage& stage = p_.stages[s];
    const uint32_t has = counts_[s][p_.home()], there = counts_[s][d];
    const auto& table = stage.on[d];
    uint32_t most = 0;
    while (most < has && int64_t(table[there + most + 1].bytes() - table[there].bytes()) <= room(d))
      ++most;
    if (!most) return;
    uint32_t enough = 1;
    const auto freed = [&](uint32_t n) {
      return int64_t(stage.on[0][has].bytes()) - int64_t(stage.on[0][has - n].bytes());
    };
    while (enough < most && freed(enough) < excess_) ++enough;
    give(s, d, enough);
  }

  const Problem& p_;
  Counts counts_;
  std::vector<uint64_t> taken_;
  int64_t excess_;
};

// What it costs to have all of a stage on the first other device.
Push push_of(const Problem& p, const Counts& counts, const Walk& way, uint32_t s) {
  Push out{.stages = {s}};
  for (uint32_t other = 0; other < p.stages.size(); ++other)
    if (p.stages[other].follows == s) out.stages.push_back(other);
  for (const uint32_t each : out.stages) {
    std::vector<uint32_t> after(counts[each].begin(), counts[each].end());
    after[1] += after[p.home()];
    after[p.home()] = 0;
    const int64_t before = way.stages[each].ns(),
                  now = pass(p, p.stages[each], after, way.at[each]).ns();
    out.cost_ns += now - before;
    out.freed += int64_t(stage_bytes(p, p.stages[each], counts[each], p.home()));
    out.taken += int64_t(stage_bytes(p, p.stages[each], after, 1)) -
                 int64_t(stage_bytes(p, p.stages[each], counts[each], 1));
  }
  return out;
}

bool may_go(const Problem& p, const Counts& counts, uint32_t s) {
  const Stage& stage = p.stages[s];
  return !stage.fixed && !stage.tied && stage.follows == ops::kNone && counts[s][p.home()] > 0;
}

std::vector<Push> pushes(const Problem& p, const Counts& counts) {
  std::vector<Push> out;
  if (p.places.size() < 3) return out;
  const Walk way = walk(p, counts);
  for (uint32_t s = 0; s < p.stages.size(); ++s)
    if (may_go(p, counts, s)) out.push_back(push_of(p, counts, way, s));
  // An output whose table home keeps for the tokens takes room, and frees next to nothing.
  std::erase_if(out, [](const Push& push) { return push.freed <= push.taken / 2; });
  std::stable_sort(out.begin(), out.end(), [](const Push& a, const Push& b) {
    return Wide(a.cost_ns) * b.freed < Wide(b.cost_ns) * a.freed;
  });
  return out;
}

}  // namespace

std::vector<Counts> relieved(const Problem& p, const Counts& counts) {
  std::vector<Counts> out;
  Pusher pusher(p, counts);
  for (const Push& push : pushes(p, counts)) {
    if (pusher.excess_bytes() <= 0) break;
    pusher.apply(push);
  }
  if (pusher.excess_bytes() <= 0) out.push_back(pusher.counts());
  if (!p.has_disk()) return out;
  for (const Counts* each : {&counts, &pusher.counts()})
    if (auto spilled = spill(p, *each)) out.push_back(std::move(*spilled));
  return out;
}

}  // namespace straddle::plan
