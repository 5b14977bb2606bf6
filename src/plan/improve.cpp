#include "plan/improve.h"

#include <algorithm>
#include <utility>

#include "plan/fill.h"

namespace straddle::plan {
namespace {

constexpr int kMostRounds = 16;
constexpr int64_t kWorthIt = 2000;         // a change saves more than this part of the time
constexpr uint64_t kMostPlaces = 100'000;  // of all stages together, where all are tried
constexpr size_t kFewStages = 28;          // so few that pairs can be tried
constexpr int kTwins = 2;                  // of stages that are alike a pair may need two

// Another row of Counts for a stage.
struct Row {
  uint32_t stage = 0;
  std::vector<uint32_t> steps;
};

using Rows = std::vector<std::vector<uint32_t>>;

// Gives rows of a stage one after the other: at home, whole elsewhere, or cut where the search may cut;
// few: only the largest cut.
template <class Take>
void each_row(const Problem& p, uint32_t s, bool few, bool is_short, const Take& take) {
  const Stage& stage = p.stages[s];
  std::vector<uint32_t> home(p.places.size());
  home[p.home()] = stage.steps;
  take(Steps(home));
  std::vector<uint32_t> row = home;
  for (uint32_t d = 1; d < p.disk(); ++d) {
    const Sensible sensible(p, stage, home, d, is_short);
    const uint32_t most = few ? balance_steps(p, stage, home, d) : 0;
    for (uint32_t n = 1; n <= stage.steps; ++n) {
      if (few ? n != most && n != stage.steps : !sensible(n)) continue;
      row[p.home()] = stage.steps - n;
      row[d] = n;
      take(Steps(row));
    }
    row = home;
  }
}

// Of several devices: one takes what another has, or some of it.
template <class Take>
void each_shared_row(const Problem& p, uint32_t s, Steps now, const Take& take) {
  if (p.stages[s].whole) return;
  std::vector<uint32_t> row(now.begin(), now.end());
  for (uint32_t from = 0; from < p.disk(); ++from) {
    for (uint32_t to = 1; to < p.disk(); ++to) {
      if (p.places[to].unified || from == to) continue;
      for (uint32_t n = 1; n <= now[from]; ++n) {
        row[from] = now[from] - n;
        row[to] = now[to] + n;
        take(Steps(row));
      }
      row.assign(now.begin(), now.end());
    }
  }
}

Rows few_rows(const Problem& p, uint32_t s, bool is_short) {
  Rows out;
  each_row(p, s, true, is_short, [&](Steps row) { out.emplace_back(row.begin(), row.end()); });
  return out;
}

bool alike(const Share& a, const Share& b) { return a.bytes() == b.bytes() && a.ns == b.ns; }

bool alike(const Stage& a, const Stage& b) {
  const auto same = [](const auto& x, const auto& y) { return alike(x.back(), y.back()); };
  return a.kind == b.kind && a.steps == b.steps && a.whole == b.whole &&
         std::equal(a.on.begin(), a.on.end(), b.on.begin(), same);
}

class Improver {
 public:
  Improver(const Problem& p, Counts counts)
      : p_(p), short_(home_is_short(p)), counts_(std::move(counts)) {
    for (uint32_t s = 0; s < p.stages.size(); ++s)
      if (movable(s)) movable_.push_back(s);
    look_again();
  }

  Counts run(bool best) {
    stages_ = movable_;
    if (best) try_all();
    for (int round = 0; round < kMostRounds; ++round) {
      stages_ = unlike();
      if (!one() && !(pairs_pay(best) && two())) break;
    }
    return std::move(counts_);
  }

 private:
  bool movable(uint32_t s) const { return !counts_[s][p_.disk()] && p_.stands_alone(s); }

  // With several cards a stage has so many rows that pairs of many stages take seconds.
  bool pairs_pay(bool best) const {
    return movable_.size() <= kFewStages || (best && p_.places.size() <= 3);
  }

  // Where a change of one stage gains what the same change of the other does: they are alike, so are
  // their places, and those of the stages behind them.
  bool same_change(uint32_t a, uint32_t b) const {
    const auto row = [&](uint32_t s) { return s < p_.stages.size() ? counts_[s] : Steps(); };
    return way_.at[a] == way_.at[b] && alike(p_.stages[a], p_.stages[b]) &&
           std::ranges::equal(row(a), row(b)) && std::ranges::equal(row(a + 1), row(b + 1));
  }

  // Stages that stand for all others.
  std::vector<uint32_t> unlike() const {
    std::vector<uint32_t> out;
    for (const uint32_t s : movable_)
      if (std::ranges::count_if(out, [&](uint32_t o) { return same_change(o, s); }) < kTwins)
        out.push_back(s);
    return out;
  }

  template <class Take>
  void each_of_all_rows(uint32_t s, const Take& take) const {
    each_row(p_, s, false, short_, take);
    if (p_.places.size() > 3) each_shared_row(p_, s, counts_[s], take);
  }

  Rows all_rows(uint32_t s) const {
    Rows out;
    each_of_all_rows(s, [&](Steps row) { out.emplace_back(row.begin(), row.end()); });
    return out;
  }

  void set(uint32_t s, Steps steps) { std::copy(steps.begin(), steps.end(), counts_[s].begin()); }

  void look_again() {
    way_ = walk(p_, counts_);
    taken_ = taken_bytes(p_, counts_);
    ns_ = way_.total_ns;
  }

  // What a row of one stage would change, without a look at the others: time up to where the vector is
  // where it was before.
  int64_t saved_ns(uint32_t s, Steps row) const {
    int64_t saved = 0;
    uint32_t at = way_.at[s];
    for (uint32_t i = s; i < p_.stages.size(); ++i) {
      if (i > s && at == way_.at[i]) return saved;
      const Passed now = pass(p_, p_.stages[i], i == s ? row : Steps(counts_[i]), at);
      saved += way_.stages[i].ns() - now.ns();
      at = now.at;
    }
    const int64_t end_ns = at == p_.home() ? 0 : p_.places[at].change_ns();
    return saved + way_.end_ns - end_ns;
  }

  bool would_fit(uint32_t s, Steps row) const {
    std::vector<uint64_t> taken = taken_;
    for (uint32_t d = 0; d < p_.disk(); ++d) {
      const uint64_t now = stage_bytes(p_, p_.stages[s], row, d);
      if (d != p_.home() && now && !taken[d]) taken[d] = p_.places[d].fixed();
      taken[d] = taken[d] + now - stage_bytes(p_, p_.stages[s], counts_[s], d);
    }
    return fits(p_, taken);
  }

  bool better(int64_t& least) const {
    if (!fits(p_, taken_bytes(p_, counts_))) return false;
    const int64_t ns = walk(p_, counts_).total_ns;
    if (ns >= least) return false;
    least = ns;
    return true;
  }

  bool take(const std::vector<Row>& best) {
    if (best.empty()) return false;
    for (const Row& row : best) set(row.stage, row.steps);
    look_again();
    return true;
  }

  bool one() {
    int64_t most = ns_ / kWorthIt;
    std::vector<Row> best;
    for (const uint32_t s : stages_) {
      each_of_all_rows(s, [&](Steps row) {
        const int64_t saved = saved_ns(s, row);
        if (saved <= most || !would_fit(s, row)) return;
        most = saved;
        best = {{s, {row.begin(), row.end()}}};
      });
    }
    return take(best);
  }

  // The first of two may be anywhere, so long as the second makes up for it.
  bool two() {
    if (stages_.size() > kFewStages) return false;
    const int64_t before = ns_;
    int64_t least = ns_ - ns_ / kWorthIt;
    std::vector<Row> best;
    std::vector<Rows> all;
    for (const uint32_t s : stages_) all.push_back(all_rows(s));
    for (const uint32_t a : stages_) {
      const std::vector<uint32_t> kept(counts_[a].begin(), counts_[a].end());
      for (const auto& row : few_rows(p_, a, short_)) {
        set(a, row);
        look_again();
        for (size_t i = 0; i < stages_.size(); ++i)
          if (stages_[i] != a) with_second(stages_[i], all[i], {a, row}, least, best);
      }
      set(a, kept);
    }
    look_again();
    return take(best) && ns_ < before;
  }

  void with_second(uint32_t b, const Rows& rows, const Row& first, int64_t& least,
                   std::vector<Row>& best) const {
    for (const auto& row : rows) {
      const int64_t ns = ns_ - saved_ns(b, row);
      if (ns >= least || !would_fit(b, row)) continue;
      least = ns;
      best = {first, {b, row}};
    }
  }

  void try_all() {
    if (!try_all(false)) try_all(true);
  }

  bool try_all(bool few) {
    std::vector<Rows> choices;
    uint64_t places = 1;
    for (const uint32_t s : stages_) {
      choices.push_back(few ? few_rows(p_, s, short_) : all_rows(s));
      places *= choices.back().size();
      if (places > kMostPlaces) return false;
    }
    Counts best = counts_;
    int64_t least = ns_;
    try_from(0, choices, least, best);
    counts_ = std::move(best);
    look_again();
    return true;
  }

  void try_from(size_t index, const std::vector<Rows>& choices, int64_t& least, Counts& best) {
    if (index == stages_.size()) {
      if (better(least)) best = counts_;
      return;
    }
    for (const auto& row : choices[index]) {
      set(stages_[index], row);
      try_from(index + 1, choices, least, best);
    }
  }

  const Problem& p_;
  bool short_;
  Counts counts_;
  std::vector<uint32_t> movable_, stages_;  // stages_: those that are looked at
  Walk way_;
  std::vector<uint64_t> taken_;
  int64_t ns_ = 0;
};

}  // namespace

// What reads a disk, or pays for a second device as such, is not a sum of stages.
Counts improved(const Problem& p, Counts counts, bool best) {
  if (!p.overlap || p.mixed_ns > 0 || taken_bytes(p, counts)[p.disk()] > 0) return counts;
  return Improver(p, std::move(counts)).run(best);
}

}  // namespace straddle::plan
