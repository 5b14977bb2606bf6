#include <algorithm>
#include <array>
#include <map>

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

using quant::Format;

constexpr std::array<std::pair<Format, Format>, 9> kSmaller = {{{Format::F32, Format::F16},
                                                                {Format::F16, Format::Q8_0},
                                                                {Format::BF16, Format::Q8_0},
                                                                {Format::Q8_0, Format::Q6_K},
                                                                {Format::Q6_K, Format::Q5_K},
                                                                {Format::Q5_K, Format::Q4_K},
                                                                {Format::Q4_0, Format::Q3_K},
                                                                {Format::Q4_K, Format::Q3_K},
                                                                {Format::Q3_K, Format::Q2_K}}};

Format smaller(const gguf::Tensor& tensor) {
  const auto found = std::find_if(kSmaller.begin(), kSmaller.end(),
                                  [&](const auto& pair) { return pair.first == tensor.format; });
  const bool fits = found != kSmaller.end() && tensor.n_dims > 1 &&
                    quant::row_bytes(found->second, tensor.shape[0]).has_value();
  return fits ? found->second : tensor.format;
}

// The model as a file of the next smaller type would have it, and what that is called; "": there is
// none.
std::string make_smaller(const gguf::File& file, Model& model) {
  std::map<Format, uint64_t> bytes;
  for (size_t t = 0; t < model.formats.size(); ++t) {
    model.formats[t] = smaller(file.tensors()[t]);
    if (model.formats[t] != file.tensors()[t].format)
      bytes[file.tensors()[t].format] += file.tensors()[t].bytes;
  }
  if (bytes.empty()) return "";
  const auto most = std::max_element(bytes.begin(), bytes.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto next = std::find_if(kSmaller.begin(), kSmaller.end(),
                                 [&](const auto& pair) { return pair.first == most->first; });
  return "a smaller file: " + std::string(quant::traits(next->second).name) + " for " +
         std::string(quant::traits(most->first).name);
}

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
  const auto try_it = [&](std::string what, const Model& of, const Trial& trial) {
    const auto tried = plan_once(of, trial.machine, trial.request);
    if (!tried || tried->tokens_per_s.expected < kWorthIt * plan.tokens_per_s.expected) return;
    out.push_back({std::move(what), tried->tokens_per_s.expected});
  };
  for (const Trial& trial : trials_for(machine, plan.request)) try_it(trial.what, model, trial);
  Model small = model;
  const std::string what = make_smaller(file, small);
  if (!what.empty()) try_it(what, small, {what, machine, plan.request});
  std::stable_sort(out.begin(), out.end(),
                   [](const Change& a, const Change& b) { return a.tokens_per_s > b.tokens_per_s; });
  out.resize(std::min(out.size(), kMost));
  return out;
}

}  // namespace straddle::plan
