#include "plan/families.h"

#include <algorithm>

namespace straddle::plan {
namespace {

bool is_mixer(const Stage& stage) {
  return stage.kind == model::PartKind::attention || stage.kind == model::PartKind::recurrent;
}

bool wants(const Problem& p, const Family& family, const Stage& stage) {
  if (stage.kind == model::PartKind::embedding) return false;
  if (stage.kind == model::PartKind::output) return family.output;
  return stage.layer + family.last_layers >= p.layers || (family.mixers && is_mixer(stage));
}

class Placer {
 public:
  Placer(const Problem& p, const Counts& pinned, const std::vector<uint32_t>& devices)
      : p_(p), counts_(pinned), taken_(taken_bytes(p, pinned)), devices_(devices) {}

  // Whole on the first device from `first_` on with room; what is full is not tried again.
  bool place(uint32_t s) {
    for (; first_ < devices_.size(); ++first_)
      if (place(s, devices_[first_])) return true;
    return false;
  }

  // Where the stage is that wrote its cache.
  bool follow(uint32_t s) {
    const Steps leader = counts_[p_.stages[s].follows];
    for (uint32_t d = 1; d < p_.disk(); ++d)
      if (leader[d]) return place(s, d);
    return true;
  }

  Counts counts() { return std::move(counts_); }

 private:
  bool place(uint32_t s, uint32_t d) {
    const Stage& stage = p_.stages[s];
    const uint64_t fixed = taken_[d] ? 0 : p_.places[d].fixed();
    const uint64_t bytes = stage.on[d][stage.steps].bytes() + fixed;
    if (taken_[d] + bytes > p_.places[d].budget) return false;
    taken_[d] += bytes;
    for (uint32_t& n : counts_[s]) n = 0;
    counts_[s][d] = stage.steps;
    return true;
  }

  const Problem& p_;
  Counts counts_;
  std::vector<uint64_t> taken_;
  const std::vector<uint32_t>& devices_;
  size_t first_ = 0;
};

// Two cards of a kind, while no pin has filled one of them.
bool alike(const Problem& p, uint32_t a, uint32_t b) {
  const auto same = [&](const Stage& stage) { return !stage.fixed && stage.on[a] == stage.on[b]; };
  return p.places[a] == p.places[b] && std::all_of(p.stages.begin(), p.stages.end(), same);
}

}  // namespace

std::optional<Counts> place_family(const Problem& p, const Counts& pinned, const Family& family) {
  Placer placer(p, pinned, family.devices);
  for (uint32_t s = uint32_t(p.stages.size()); s-- > 0;) {
    const Stage& stage = p.stages[s];
    if (stage.fixed || stage.follows != ops::kNone || !wants(p, family, stage)) continue;
    if (!placer.place(s)) return std::nullopt;
  }
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    const Stage& stage = p.stages[s];
    if (stage.fixed || stage.follows == ops::kNone || !wants(p, family, stage)) continue;
    if (!placer.follow(s)) return std::nullopt;
  }
  return placer.counts();
}

std::vector<std::vector<uint32_t>> device_orders(const Problem& p) {
  std::vector<uint32_t> all, unlike;
  for (uint32_t d = 1; d < p.disk(); ++d) {
    const auto same = [&](uint32_t other) { return alike(p, d, other); };
    if (std::none_of(unlike.begin(), unlike.end(), same)) unlike.push_back(d);
    all.push_back(d);
  }
  std::vector<std::vector<uint32_t>> out{all};
  if (all.size() < 2) return out;
  if (unlike.size() > 1) out.emplace_back(all.rbegin(), all.rend());
  for (const uint32_t d : unlike) out.push_back({d});
  return out;
}

// An engine without overlap knows whole layers alone, and the output after all of them.
std::vector<Family> families(const Problem& p) {
  std::vector<Family> out;
  for (const std::vector<uint32_t>& devices : device_orders(p)) {
    out.push_back({.devices = devices});
    for (uint32_t layers = 0; !devices.empty() && layers <= p.layers; ++layers) {
      for (const bool output : {false, true}) {
        if (!p.overlap && output && layers < p.layers) continue;
        if (layers > 0 || output) out.push_back({false, layers, output, devices});
        if (p.overlap && layers < p.layers) out.push_back({true, layers, output, devices});
      }
    }
  }
  return out;
}

}  // namespace straddle::plan
