#include "plan/fill.h"
#include "plan/report.h"

namespace straddle::plan {
namespace {

std::string mb(uint64_t bytes) { return std::to_string((bytes + 500'000) / 1'000'000) + " MB"; }

bool all_fixed(const Problem& p) {
  for (const Stage& stage : p.stages)
    if (!stage.fixed && stage.kind != model::PartKind::embedding) return false;
  return true;
}

// The smallest share that would save time if there were room for it; 0: none would.
uint64_t next_share(const Problem& p, const Counts& counts, uint32_t device) {
  uint64_t least = 0;
  const Walk way = walk(p, counts);
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    const Stage& stage = p.stages[s];
    const uint32_t has = counts[s][device];
    if (stage.fixed || stage.whole || has >= stage.steps || !counts[s][p.home()]) continue;
    std::vector<uint32_t> whole(counts[s].begin(), counts[s].end());
    whole[p.home()] += has;
    whole[device] = 0;
    if (has >= balance_steps(p, stage, whole, device)) continue;
    const uint64_t bytes = stage.on[device][has + 1].bytes() - stage.on[device][has].bytes();
    if (!least || bytes < least) least = bytes;
  }
  return least;
}

bool home_has_any(const Problem& p, const Counts& counts) {
  for (size_t s = 0; s < p.stages.size(); ++s)
    if (p.stages[s].kind != model::PartKind::embedding && counts[s][p.home()]) return true;
  return false;
}

std::string why_helper(const Problem& p, const Counts& counts, const Plan& plan, uint32_t d) {
  const DeviceUse& use = plan.devices[d];
  if (!home_has_any(p, counts)) return "all of the model is placed";
  if (all_fixed(p)) return "pins place everything";
  if (p.places[d].unified) return "it is memory of the CPU, and counted there too";
  if (!p.overlap) return use.weights ? "less than another layer takes" : "less than a layer takes";
  if (use.weights + use.kv == 0) {
    return use.budget <= p.places[d].fixed() ? "less than its scratch takes, " + mb(p.places[d].fixed())
                                             : "crossings would cost more than it saves";
  }
  const uint64_t next = next_share(p, counts, d);
  if (next > use.unused) return "less than the next share takes, " + mb(next);
  return "what is cut is balanced: more here would make the CPU wait";
}

std::string why_home(const Problem& p, const Counts& counts) {
  for (size_t s = 0; s < p.stages.size(); ++s)
    if (counts[s][p.disk()]) return "less than the next share on the disk takes";
  return "free for other programs";
}

}  // namespace

std::string why_unused(const Problem& p, const Counts& counts, const Plan& plan, uint32_t d) {
  const DeviceUse& use = plan.devices[d];
  if (use.kind == PlaceKind::disk) return use.weights ? "holds what RAM has no room for" : "not needed";
  if (use.unused == 0) return "nothing is unused";
  return d == p.home() ? why_home(p, counts) : why_helper(p, counts, plan, d);
}

}  // namespace straddle::plan
