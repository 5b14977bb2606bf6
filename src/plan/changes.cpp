#include <algorithm>

#include "plan/once.h"

namespace straddle::plan {
namespace {

constexpr uint64_t kGiB = uint64_t(1) << 30;
constexpr size_t kMost = 3;
constexpr double kWorthIt = 1.005;  // less is noise

// Something to try: what it is called, and machine and request with it.
struct Trial {
  std::string what;
  MachineProfile machine;
  Request request;
};

void add_memory(const MachineProfile& machine, const Request& request, std::vector<Trial>& trials) {
  for (size_t d = 0; d < machine.devices.size(); ++d) {
    Trial trial{"", machine, request};
    const std::string name = machine.devices[d].name;
    trial.what = "1 GiB more " + std::string(d ? "VRAM" : "RAM") + " for " + name;
    trial.machine.devices[d].bytes += kGiB;
    if (d == 0 && trial.request.ram) *trial.request.ram += kGiB;
    for (Cap& cap : trial.request.vram)
      if (cap.device.empty() ? d > 0 : cap.device == name) cap.bytes += kGiB;
    trials.push_back(std::move(trial));
  }
}

std::vector<Trial> trials_for(const MachineProfile& machine, const Request& request) {
  std::vector<Trial> out;
  const auto add = [&](const char* what) -> Request& {
    out.push_back({what, machine, request});
    return out.back().request;
  };
  add_memory(machine, request, out);
  if (request.kv != KvFormat::q8_0) add("keys and values as q8_0").kv = KvFormat::q8_0;
  if (request.context > 1) add("half the context").context = request.context / 2;
  if (!request.pins.empty()) add("no pins").pins.clear();
  if (request.gpu_layers) add("no -ngl: layers are cut").gpu_layers.reset();
  if (!request.vram.empty()) add("no cap of VRAM").vram.clear();
  if (request.ram) add("no cap of RAM").ram.reset();
  return out;
}

}  // namespace

std::vector<Change> best_changes(const gguf::File& file, const model::Blueprint& blueprint,
                                 const MachineProfile& machine, const Plan& plan) {
  const Model model = make_model(file, blueprint, plan.request);
  std::vector<Change> out;
  for (Trial& trial : trials_for(machine, plan.request)) {
    const auto tried = plan_once(model, trial.machine, trial.request);
    if (!tried || tried->tokens_per_s.expected < kWorthIt * plan.tokens_per_s.expected) continue;
    out.push_back({std::move(trial.what), tried->tokens_per_s.expected});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Change& a, const Change& b) { return a.tokens_per_s > b.tokens_per_s; });
  out.resize(std::min(out.size(), kMost));
  return out;
}

}  // namespace straddle::plan
