#include "plan/cost.h"

#include <algorithm>

namespace straddle::plan {
namespace {

// By way of home.
void go(const Problem& p, uint32_t to, Passed& out) {
  for (const uint32_t device : {out.at, to}) {
    if (out.at == to || device == p.home()) continue;
    out.change_ns += p.places[device].change_ns();
    ++out.crossings;
  }
  out.at = to;
}

uint32_t home_steps(const Problem& p, Steps steps) { return steps[p.home()] + steps[p.disk()]; }

// The device that has a stage alone; disk(): none.
uint32_t only_device(const Problem& p, Steps steps) {
  uint32_t found = home_steps(p, steps) ? p.home() : p.disk();
  for (uint32_t d = 1; d < p.disk(); ++d) {
    if (!steps[d]) continue;
    if (found != p.disk()) return p.disk();
    found = d;
  }
  return found;
}

// Devices that share memory, or an engine without overlap, work one after the other.
void work_together(const Problem& p, const Stage& stage, Steps steps, Passed& out) {
  int64_t in_turn = busy_ns(p, stage, steps, p.home()), all = in_turn, longest = 0, waited = 0;
  for (uint32_t d = 1; d < p.disk(); ++d) {
    if (!steps[d]) continue;
    const int64_t ns = stage.share(steps, d).ns, wake = p.places[d].wake_ns;
    all += ns;
    if (p.places[d].unified || !p.overlap) {
      in_turn += ns + wake;
      waited += wake;
    } else {
      longest = std::max(longest, ns + wake);
    }
  }
  out.busy_ns = std::max(in_turn, longest);
  out.hidden_ns = std::max<int64_t>(0, all + waited - out.busy_ns);
}

}  // namespace

int64_t busy_ns(const Problem& p, const Stage& stage, Steps steps, uint32_t device) {
  return device == p.home() ? stage.on[device][home_steps(p, steps)].ns : stage.share(steps, device).ns;
}

Passed pass(const Problem& p, const Stage& stage, Steps steps, uint32_t at) {
  Passed out{.at = at};
  const uint32_t only = only_device(p, steps);
  if (only != p.disk()) {
    go(p, only, out);
    out.busy_ns = busy_ns(p, stage, steps, only);
    return out;
  }
  go(p, p.home(), out);
  for (uint32_t d = 1; d < p.disk(); ++d) {
    if (!steps[d]) continue;
    // Where the vector comes from its work goes on at once.
    if (d != at) out.submit_ns += p.places[d].submit_ns;
    out.crossings += d == at ? 1 : 2;
  }
  work_together(p, stage, steps, out);
  return out;
}

namespace {

int64_t disk_ns(const Problem& p, const Counts& counts) {
  uint64_t bytes = 0;
  bool used = false;
  for (size_t s = 0; s < p.stages.size(); ++s) {
    const uint32_t n = counts[s][p.disk()];
    used |= n > 0;
    bytes += p.stages[s].on[p.disk()][n].read;
  }
  return used ? int64_t(double(bytes) / p.disk_GBps) : 0;
}

// The embedding is a row that home looks up, wherever the rest is.
bool uses_both(const Problem& p, const Counts& counts) {
  bool home = false, helper = false;
  for (size_t s = 0; s < p.stages.size(); ++s) {
    if (p.stages[s].kind == model::PartKind::embedding) continue;
    home |= home_steps(p, counts[s]) > 0;
    helper |= home_steps(p, counts[s]) < p.stages[s].steps;
  }
  return home && helper;
}

}  // namespace

Walk walk(const Problem& p, const Counts& counts) {
  Walk out;
  uint32_t at = p.home();
  out.ns = p.host_ns + (uses_both(p, counts) ? p.mixed_ns : 0);
  out.stages.reserve(p.stages.size());
  out.at.reserve(p.stages.size());
  for (size_t s = 0; s < p.stages.size(); ++s) {
    out.at.push_back(at);
    out.stages.push_back(pass(p, p.stages[s], counts[s], at));
    at = out.stages.back().at;
    out.ns += out.stages.back().ns();
    out.crossings += out.stages.back().crossings;
  }
  if (at != p.home()) {
    out.end_ns = p.places[at].change_ns();
    out.ns += out.end_ns;
    ++out.crossings;
  }
  out.disk_ns = disk_ns(p, counts);
  const bool waits = p.has_disk() && out.disk_ns > 0;
  out.total_ns = std::max(out.ns, out.disk_ns) + (waits ? p.disk_block_ns : 0);
  return out;
}

uint64_t stage_bytes(const Problem& p, const Stage& stage, Steps steps, uint32_t device) {
  if (device == p.disk()) return stage.on[device][steps[device]].weights;
  if (device != p.home()) return stage.share(steps, device).bytes();
  const uint32_t held = steps[p.home()], computed = home_steps(p, steps);
  const bool shared = only_device(p, steps) == p.disk();
  return std::max(stage.on[device][held].weights, shared ? stage.rest : 0) +
         stage.on[device][computed].kv;
}

std::vector<uint64_t> taken_bytes(const Problem& p, const Counts& counts) {
  std::vector<uint64_t> out(p.places.size());
  for (size_t s = 0; s < p.stages.size(); ++s)
    for (uint32_t d = 0; d < p.places.size(); ++d)
      if (d == p.home() || counts[s][d]) out[d] += stage_bytes(p, p.stages[s], counts[s], d);
  for (uint32_t d = 0; d < p.disk(); ++d)
    if (d == p.home() || out[d]) out[d] += p.places[d].fixed();
  if (out[p.disk()]) out[p.home()] += p.disk_ring;
  return out;
}

uint64_t home_bytes(const Problem& p, std::span<const uint64_t> taken) {
  uint64_t bytes = taken[p.home()];
  for (uint32_t d = 1; d < p.disk(); ++d) bytes += p.places[d].in_home_memory ? taken[d] : 0;
  return bytes;
}

int64_t home_excess(const Problem& p, const Counts& counts) {
  return int64_t(home_bytes(p, taken_bytes(p, counts))) - int64_t(p.places[p.home()].budget);
}

bool fits_beside(const Problem& p, std::span<const uint64_t> taken) {
  for (uint32_t d = 1; d < p.disk(); ++d)
    if (taken[d] > p.places[d].budget) return false;
  return true;
}

bool fits(const Problem& p, std::span<const uint64_t> taken) {
  return fits_beside(p, taken) && home_bytes(p, taken) <= p.places[p.home()].budget &&
         (p.has_disk() || taken[p.disk()] == 0);
}

}  // namespace straddle::plan
