#include "plan/relieve.h"

#include <algorithm>

namespace straddle::plan {
namespace {

// Bytes of home beyond its budget.
int64_t excess(const Problem& p, const Counts& counts) {
  return int64_t(home_bytes(p, taken_bytes(p, counts))) - int64_t(p.places[p.home()].budget);
}

// Stages that go together: one, and those that read its cache.
struct Push {
  std::vector<uint32_t> stages;
  int64_t cost_ns = 0;
  int64_t freed = 0;  // of home, by all of it
};

class Pusher {
 public:
  Pusher(const Problem& p, const Counts& counts)
      : p_(p), counts_(counts), taken_(taken_bytes(p, counts)), excess_(excess(p, counts)) {}

  int64_t excess_bytes() const { return excess_; }
  const Counts& counts() const { return counts_; }

  // As much of it as helps and fits, to the first device with room for any.
  void apply(const Push& push) {
    for (uint32_t d = 1; d < p_.disk() && excess_ > 0; ++d) {
      if (p_.places[d].unified) continue;
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
  std::erase_if(out, [](const Push& push) { return push.freed <= 0; });
  std::stable_sort(out.begin(), out.end(), [](const Push& a, const Push& b) {
    return Wide(a.cost_ns) * b.freed < Wide(b.cost_ns) * a.freed;
  });
  return out;
}

// ---- the disk

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

std::optional<Counts> spill(const Problem& p, Counts counts) {
  std::vector<uint32_t> order;
  for (uint32_t s = 0; s < p.stages.size(); ++s)
    if (for_disk(p, counts, s)) order.push_back(s);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return read_share(p.stages[a]) < read_share(p.stages[b]);
  });
  int64_t need = excess(p, counts) + int64_t(p.disk_ring);
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

namespace {

class Packer {
 public:
  Packer(const Problem& p, const Counts& pinned) : p_(p), counts_(pinned) {
    for (uint32_t s = 0; s < p.stages.size(); ++s)
      if (pinned[s][p.home()] > 0 && p.stands_alone(s)) stages_.push_back(s);
  }

  std::optional<Counts> find() {
    if (p_.places.size() >= 3 && stages_.size() <= kFew) look(0);
    return found_;
  }

 private:
  static constexpr size_t kFew = 16;
  static constexpr int kMostLooks = 20'000;

  // Stages from `index` on are at home: could they all go?
  bool hopeless(size_t index) const {
    int64_t over = excess(p_, counts_);
    for (size_t i = index; i < stages_.size(); ++i)
      over -= int64_t(p_.stages[stages_[i]].on[p_.home()].back().bytes());
    return over > 0;
  }

  void look(size_t index) {
    if (++looks_ > kMostLooks || hopeless(index)) return;
    const std::vector<uint64_t> taken = taken_bytes(p_, counts_);
    if (!fits_beside(p_, taken)) return;
    if (fits(p_, taken)) consider();
    if (index == stages_.size()) return;
    const uint32_t s = stages_[index];
    const Stage& stage = p_.stages[s];
    for (uint32_t d = 1; d < p_.disk(); ++d) {
      for (uint32_t n = stage.steps; n > 0; n = stage.whole ? 0 : n - 1) {
        set(s, d, n);
        look(index + 1);
        set(s, d, 0);
      }
    }
    look(index + 1);
  }

  void set(uint32_t s, uint32_t d, uint32_t n) {
    counts_[s][d] = n;
    counts_[s][p_.home()] = p_.stages[s].steps - n;
  }

  void consider() {
    const int64_t ns = walk(p_, counts_).total_ns;
    if (found_ && ns >= ns_) return;
    found_ = counts_;
    ns_ = ns;
  }

  const Problem& p_;
  Counts counts_;
  std::vector<uint32_t> stages_;
  std::optional<Counts> found_;
  int64_t ns_ = 0;
  int looks_ = 0;
};

}  // namespace

std::optional<Counts> pack(const Problem& p, const Counts& pinned) { return Packer(p, pinned).find(); }

}  // namespace straddle::plan
