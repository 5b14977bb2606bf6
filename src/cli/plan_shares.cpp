#include "cli/plan_shares.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace straddle::cli {
namespace {

using model::PartKind;

constexpr size_t kKinds = size_t(PartKind::output) + 1;
static_assert(kKinds == 6, "the last kind is no longer the output");

class Sums {
 public:
  explicit Sums(size_t devices) : devices_(devices), shares_(kKinds * devices) {}
  PlanShare& at(PartKind kind, size_t device) { return shares_[size_t(kind) * devices_ + device]; }

  std::vector<PlanShare> taken() {
    std::vector<PlanShare> out;
    for (size_t i = 0; i < shares_.size(); ++i) {
      PlanShare& share = shares_[i];
      share.kind = PartKind(i / devices_);
      share.device = uint32_t(i % devices_);
      if (share.bytes || share.ns) out.push_back(share);
    }
    return out;
  }

 private:
  size_t devices_;
  std::vector<PlanShare> shares_;
};

// The kinds of part that have a tensor, in the order in which a plan lists it.
std::vector<std::vector<PartKind>> kinds_of_tensors(const PlanInput& in) {
  std::vector<std::vector<PartKind>> out(in.file.tensors().size());
  for (const model::Part& part : in.parts)
    for (const model::TensorUse& use : part.cuts[0].tensors) {
      auto& kinds = out[use.tensor];
      if (kinds.empty() || kinds.back() != part.kind) kinds.push_back(part.kind);
    }
  return out;
}

void add_weights(const PlanInput& in, const plan::Plan& plan, Sums& sums) {
  const auto kinds = kinds_of_tensors(in);
  std::vector<size_t> listed(kinds.size());
  for (const plan::TensorPlace& place : plan.tensors) {
    const auto& of = kinds[place.tensor];
    if (of.empty() || place.unread) continue;
    const PartKind kind = of[std::min(listed[place.tensor]++, of.size() - 1)];
    for (const plan::Shard& shard : place.shards) sums.at(kind, shard.device).bytes += shard.bytes;
  }
}

int64_t sum_of(const std::vector<int64_t>& ns) {
  return std::accumulate(ns.begin(), ns.end(), int64_t(0));
}

// Of devices that work at once, the others hide behind the one that takes longest.
bool at_once(const plan::StageTime& stage) { return sum_of(stage.ns) > stage.wall_ns; }

void add_times(const plan::Plan& plan, Sums& sums) {
  for (const plan::StageTime& stage : plan.stages) {
    const auto longest = std::ranges::max_element(stage.ns);
    for (size_t d = 0; d < stage.ns.size(); ++d) {
      PlanShare& share = sums.at(stage.kind, d);
      share.ns += stage.ns[d];
      if (at_once(stage) && stage.ns.begin() + ptrdiff_t(d) != longest) share.hidden_ns += stage.ns[d];
    }
  }
}

// Of all but the disk, and what is not of stages or the way between them.
int64_t stages_ns(const plan::Plan& plan) {
  int64_t out = plan.crossing_ns + plan.host_ns;
  for (const plan::StageTime& stage : plan.stages) out += stage.wall_ns;
  return out;
}

}  // namespace

std::vector<PlanShare> plan_shares(const PlanInput& in, const plan::Plan& plan) {
  Sums sums(plan.devices.size());
  add_weights(in, plan, sums);
  add_times(plan, sums);
  return sums.taken();
}

uint32_t cut_parts(const PlanInput& in, const plan::Plan& plan, PartKind kind) {
  uint32_t out = 0;
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const auto has_some = [](uint32_t units) { return units > 0; };
    out += in.parts[i].kind == kind && std::ranges::count_if(plan.parts[i].units, has_some) > 1;
  }
  return out;
}

uint32_t offloaded_layers(const PlanInput& in, const plan::Plan& plan) {
  uint32_t out = plan.whole_layers;
  for (size_t i = 0; i < plan.parts.size(); ++i) {
    const model::PartPlace& place = plan.parts[i];
    const model::Part& part = in.parts[i];
    if (part.kind != PartKind::output) continue;
    for (size_t d = 1; d < place.units.size() && d < plan.devices.size(); ++d) {
      const uint32_t all = part.cuts[place.cut].units;
      out += place.units[d] == all && plan.devices[d].kind != plan::PlaceKind::disk;
    }
  }
  return out;
}

bool disk_rules(const plan::Plan& plan) { return plan.disk_ns > stages_ns(plan); }

int64_t rest_ns(const plan::Plan& plan) {
  return std::max<int64_t>(0, plan.total_ns - std::max(plan.disk_ns, stages_ns(plan)));
}

const char* rest_name(const plan::Plan& plan) { return plan.disk_ns ? "first block" : "two devices"; }

int64_t kv_ns(const plan::Plan& plan) {
  const plan::Speeds& speeds = plan.tokens_per_s;
  if (speeds.empty <= 0 || speeds.expected <= 0) return 0;
  const double rows = plan.request.rows;
  return std::max<int64_t>(0, int64_t((rows / speeds.expected - rows / speeds.empty) * 1e9));
}

}  // namespace straddle::cli
