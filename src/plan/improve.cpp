#include "plan/improve.h"

#include <algorithm>

#include "plan/fill.h"

namespace straddle::plan {
namespace {

constexpr int kMostRounds = 32;
constexpr int64_t kWorthIt = 2000;  // a change saves more than this part of the time
constexpr size_t kFewStages = 28;   // so few that pairs can be tried

// Another row of Counts for a stage.
struct Row {
  uint32_t stage = 0;
  std::vector<uint32_t> steps;
};

class Improver {
 public:
  Improver(const Problem& p, Counts counts)
      : p_(p),
        counts_(std::move(counts)),
        taken_(taken_bytes(p, counts_)),
        ns_(walk(p, counts_).total_ns) {
    for (uint32_t s = 0; s < p.stages.size(); ++s)
      if (movable(s)) stages_.push_back(s);
  }

  Counts run() {
    for (int round = 0; round < kMostRounds && (one() || two()); ++round) {
    }
    return std::move(counts_);
  }

 private:
  bool movable(uint32_t s) const {
    const Stage& stage = p_.stages[s];
    const bool linked = std::any_of(p_.stages.begin(), p_.stages.end(),
                                    [&](const Stage& other) { return other.follows == s; });
    return !stage.fixed && !linked && stage.follows == ops::kNone && !counts_[s][p_.disk()] &&
           stage.kind != model::PartKind::embedding;
  }

  // All rows that the stage may have: at home, whole elsewhere, or cut where the search may cut.
  std::vector<std::vector<uint32_t>> rows(uint32_t s) const {
    const Stage& stage = p_.stages[s];
    std::vector<std::vector<uint32_t>> out;
    std::vector<uint32_t> home(p_.places.size());
    home[p_.home()] = stage.steps;
    out.push_back(home);
    for (uint32_t d = 1; d < p_.disk(); ++d) {
      const uint32_t most = p_.places[d].unified || !p_.overlap ? 0 : balance_steps(p_, stage, home, d);
      for (uint32_t n = 1; n <= stage.steps; n = n < most          ? n + 1
                                                 : n < stage.steps ? stage.steps
                                                                   : n + 1) {
        if (n > most && n < stage.steps) continue;
        out.push_back(home);
        out.back()[p_.home()] -= n;
        out.back()[d] = n;
      }
    }
    if (p_.places.size() > 3) add_shared_rows(s, out);
    return out;
  }

  // Of several devices: one takes what another has, or some of it.
  void add_shared_rows(uint32_t s, std::vector<std::vector<uint32_t>>& out) const {
    if (p_.stages[s].whole || !p_.overlap) return;
    const std::vector<uint32_t> now(counts_[s].begin(), counts_[s].end());
    for (uint32_t from = 0; from < p_.disk(); ++from) {
      for (uint32_t to = 1; to < p_.disk(); ++to) {
        if (p_.places[to].unified) continue;
        for (uint32_t n = 1; from != to && n <= now[from]; ++n) {
          out.push_back(now);
          out.back()[from] -= n;
          out.back()[to] += n;
        }
      }
    }
  }

  void set(uint32_t s, Steps steps) { std::copy(steps.begin(), steps.end(), counts_[s].begin()); }

  // Time of the whole with what is set now; a maximum where it does not fit.
  bool better(int64_t& least) const {
    if (!fits(p_, taken_bytes(p_, counts_))) return false;
    const int64_t ns = walk(p_, counts_).total_ns;
    if (ns >= least) return false;
    least = ns;
    return true;
  }

  bool take(int64_t least, const std::vector<Row>& best) {
    if (best.empty() || ns_ - least <= ns_ / kWorthIt) return false;
    for (const Row& change : best) set(change.stage, change.steps);
    ns_ = least;
    return true;
  }

  bool one() {
    int64_t least = ns_;
    std::vector<Row> best;
    for (const uint32_t s : stages_) {
      const std::vector<uint32_t> before(counts_[s].begin(), counts_[s].end());
      for (const auto& row : rows(s)) {
        set(s, row);
        if (better(least)) best = {{s, row}};
      }
      set(s, before);
    }
    return take(least, best);
  }

  bool two() {
    if (stages_.size() > kFewStages) return false;
    int64_t least = ns_;
    std::vector<Row> best;
    for (const uint32_t a : stages_) {
      const std::vector<uint32_t> before_a(counts_[a].begin(), counts_[a].end());
      for (const auto& row_a : rows(a)) {
        set(a, row_a);
        for (const uint32_t b : stages_) {
          if (b <= a) continue;
          const std::vector<uint32_t> before_b(counts_[b].begin(), counts_[b].end());
          for (const auto& row_b : rows(b)) {
            set(b, row_b);
            if (better(least)) best = {{a, row_a}, {b, row_b}};
          }
          set(b, before_b);
        }
      }
      set(a, before_a);
    }
    return take(least, best);
  }

  const Problem& p_;
  Counts counts_;
  std::vector<uint64_t> taken_;
  std::vector<uint32_t> stages_;
  int64_t ns_;
};

}  // namespace

Counts improved(const Problem& p, Counts counts) { return Improver(p, std::move(counts)).run(); }

}  // namespace straddle::plan
