#include "plan/pack.h"

namespace straddle::plan {
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
    int64_t over = home_excess(p_, counts_);
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
