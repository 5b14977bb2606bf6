#include "plan/stages.h"

#include <algorithm>
#include <limits>

#include "plan/rates.h"
#include "plan/shares.h"

namespace straddle::plan {
namespace {

// Memory that drivers and allocators take and nobody sees. That of the process is counted at home.
constexpr uint64_t kUnseen = uint64_t(64) << 20;
constexpr uint64_t kDiskBlock = uint64_t(32) << 20, kDiskBlocks = 4;
constexpr uint32_t kFewSteps = 8;  // too few to meet the balance well, where another cut has more
constexpr uint32_t kHostOps = 2;   // embedding row, last norm

uint32_t steps_of(const model::Cut& cut) { return (cut.units + cut.border - 1) / cut.border; }

// The first cut is the finest in bytes; one by experts may have more steps.
uint32_t choose_cut(const model::Part& part) {
  uint32_t best = 0;
  if (steps_of(part.cuts[0]) >= kFewSteps) return best;
  for (uint32_t i = 1; i < part.cuts.size(); ++i)
    if (steps_of(part.cuts[i]) > steps_of(part.cuts[best])) best = i;
  return best;
}

// Shares that lead: of a card, or of the disk, which has no keys and values.
std::vector<Share> leading(const Counter& c, const DeviceProfile& device, const Stage& stage) {
  const model::Cut& cut = c.model.parts[stage.part].cuts[stage.cut];
  std::vector<Share> out;
  for (uint32_t n = 0; n <= stage.steps; ++n)
    out.push_back(share_of(c, device, stage, {0, stage.units(cut, n)}, n == stage.steps));
  return out;
}

// Shares that end it; whole: all of them come with what is not cut, as home's do.
std::vector<Share> trailing(const Counter& c, const DeviceProfile& device, const Stage& stage,
                            bool whole) {
  const model::Cut& cut = c.model.parts[stage.part].cuts[stage.cut];
  std::vector<Share> out;
  for (uint32_t n = 0; n <= stage.steps; ++n)
    out.push_back(share_of(c, device, stage, {stage.units(cut, stage.steps - n), cut.units},
                           whole || n == stage.steps));
  return out;
}

uint64_t whole_bytes(const Counter& c, const model::Cut& cut) {
  uint64_t bytes = 0;
  for (const model::TensorUse& use : cut.tensors)
    if (use.axis == model::Axis::whole) bytes += c.model.file.tensors()[use.tensor].bytes;
  return bytes;
}

void fill_tables(const Counter& c, Stage& stage) {
  const auto& devices = c.machine.devices;
  stage.on = {trailing(c, devices[0], stage, true)};
  for (size_t d = 1; d < devices.size(); ++d) stage.on.push_back(leading(c, devices[d], stage));
  stage.on.push_back(leading(c, devices[0], stage));
  for (Share& share : stage.on.back()) share = {.weights = share.weights, .read = share.read};
  stage.last.clear();
  if (devices.size() > 2)
    for (const DeviceProfile& device : devices) stage.last.push_back(trailing(c, device, stage, false));
  stage.rest = whole_bytes(c, c.model.parts[stage.part].cuts[stage.cut]);
}

// A table of tokens that is the output's too.
bool is_tied(const Model& model) {
  const auto& last = model.parts.back().cuts[0].tensors;
  return std::any_of(last.begin(), last.end(),
                     [&](const model::TensorUse& use) { return model.reads_as_table(use.tensor); });
}

void make_tables(const Counter& c, Stage& stage) {
  stage.steps = (c.model.parts[stage.part].cuts[stage.cut].units + stage.border - 1) / stage.border;
  fill_tables(c, stage);
  if (stage.kind == model::PartKind::embedding)
    for (auto* tables : {&stage.on, &stage.last})
      for (auto& table : *tables)
        for (Share& share : table) share.ns = 0;  // in host_ns
}

Stage make_stage(const Counter& c, uint32_t index) {
  const model::Part& part = c.model.parts[index];
  Stage stage{.kind = part.kind, .layer = part.layer, .part = index, .cut = choose_cut(part)};
  stage.border = part.cuts[stage.cut].border;
  stage.whole = part.kind == model::PartKind::recurrent || part.kind == model::PartKind::embedding;
  stage.tied = part.kind == model::PartKind::embedding && is_tied(c.model);
  make_tables(c, stage);
  return stage;
}

// Layers that read another's cache stay with it, all of them whole.
void link_caches(const Model& model, std::vector<Stage>& stages) {
  std::vector<uint32_t> writer(model.blueprint.caches.size(), ops::kNone);
  for (uint32_t s = 0; s < stages.size(); ++s) {
    const model::Part& part = model.parts[stages[s].part];
    if (part.cache == ops::kNone) continue;
    uint32_t& first = writer[part.cache];
    if (first == ops::kNone) {
      first = s;
      continue;
    }
    stages[s].follows = first;
    stages[s].whole = stages[first].whole = true;
  }
}

uint64_t minus(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

// free: beside what others hold and what is kept free.
Place place_of(const DeviceProfile& device) {
  Place out{.kind = device.kind == DeviceKind::cpu ? PlaceKind::cpu : PlaceKind::gpu};
  out.budget = minus(device.bytes, device.reserve_bytes + device.other_bytes);
  out.submit_ns = ns_of_us(device.submit_us);
  out.wake_ns = ns_of_us(device.wake_us);
  out.unified = device.unified;
  out.in_home_memory = device.unified || device.kind == DeviceKind::cpu;
  return out;
}

// A cap of nothing holds without a device, too.
Status check_cap(const MachineProfile& machine, const Cap& cap) {
  const auto wrong = [](const std::string& what, const char* hint) {
    return fail(ErrorKind::usage, "--vram", what, hint);
  };
  const auto is_it = [&](const DeviceProfile& device) { return device.name == cap.device; };
  if (cap.device.empty()) {
    const bool holds = machine.devices.size() > 1 || cap.bytes == 0;
    return holds ? Status() : wrong("there is no second device", "--device cpu,cpu has one");
  }
  if (std::none_of(machine.devices.begin(), machine.devices.end(), is_it))
    return wrong("no device is called " + cap.device, "");
  if (is_it(machine.devices[0])) return wrong(cap.device + " is home, not behind it", "--ram SIZE");
  return {};
}

Status apply_caps(const MachineProfile& machine, const Request& request, Problem& problem) {
  const auto cap = [&](size_t device, uint64_t bytes) {
    problem.places[device].budget = std::min(problem.places[device].budget, bytes);
  };
  if (request.ram) cap(0, *request.ram);
  for (const Cap& each : request.vram) {
    TRY(check_cap(machine, each));
    for (size_t d = 1; d < machine.devices.size(); ++d)
      if (each.device.empty() || machine.devices[d].name == each.device) cap(d, each.bytes);
  }
  return {};
}

uint64_t llama_cpp_scratch(const Model& model) {
  uint64_t largest = 0;
  for (const gguf::Tensor& tensor : model.file.tensors()) largest = std::max(largest, tensor.bytes);
  return largest + uint64_t(512) * (model.blueprint.vocabulary + model.blueprint.width) * 4;
}

void add_scratch(const Counter& c, Problem& problem) {
  for (uint32_t d = 0; d < problem.disk(); ++d) {
    Place& place = problem.places[d];
    const bool theirs = c.machine.scratch == ScratchRule::llama_cpp;
    place.scratch = !theirs ? c.model.scratch : d == 0 ? 0 : llama_cpp_scratch(c.model);
    place.other = theirs || (d > 0 && place.kind == PlaceKind::cpu) ? 0 : kUnseen;
  }
}

void add_disk(const MachineProfile& machine, Problem& problem) {
  problem.places.push_back({.kind = PlaceKind::disk});
  if (!machine.disk || !machine.overlap) return;
  problem.disk_GBps = machine.disk->read_GBps;
  problem.disk_block_ns =
      int64_t(kDiskBlock / machine.disk->read_GBps) + ns_of_us(machine.disk->latency_us);
  problem.disk_ring = kDiskBlock * kDiskBlocks;
  problem.places.back().budget = std::numeric_limits<int64_t>::max();
}

// Of a Step of the whole model on one device.
uint64_t scratch_of(const model::Blueprint& blueprint, const Request& request) {
  const auto programs = model::forward(blueprint, {}, 1, step_size(request));
  return programs[0].program.value_bytes();
}

}  // namespace

model::StepSize step_size(const Request& request) {
  const bool f32 = request.kv == KvFormat::f32;
  return {request.max_rows, request.max_wanted, f32 ? ops::KvType::f32 : ops::KvType::f16};
}

Model make_model(const gguf::File& file, const model::Blueprint& blueprint, const Request& request) {
  Model out{file, blueprint, model::parts(blueprint), {}, {}, scratch_of(blueprint, request)};
  for (const model::CacheShape& cache : blueprint.caches) out.windows.push_back(cache.window);
  for (const gguf::Tensor& tensor : file.tensors()) out.formats.push_back(tensor.format);
  return out;
}

bool Model::reads_as_table(uint32_t tensor) const {
  const auto& tables = parts[0].cuts[0].tensors;
  return std::any_of(tables.begin(), tables.end(),
                     [&](const model::TensorUse& use) { return use.tensor == tensor; });
}

Result<MachineProfile> chosen_devices(const MachineProfile& profile, const Request& request) {
  if (request.devices.empty()) return profile;
  MachineProfile out = profile;
  out.devices.clear();
  for (const std::string& name : request.devices) {
    const auto found = std::find_if(profile.devices.begin(), profile.devices.end(),
                                    [&](const DeviceProfile& device) { return device.name == name; });
    if (found == profile.devices.end())
      return fail(ErrorKind::usage, "--device", "the profile has no " + name);
    out.devices.push_back(*found);
  }
  return out;
}

Result<Problem> make_problem(const Model& model, const MachineProfile& machine, const Request& request,
                             double fill) {
  const Counter counter{model, machine, request, fill};
  Problem problem{.overlap = machine.overlap,
                  .mixed_ns = ns_of_us(machine.fixed_mixed_ms * 1000),
                  .host_ns = kHostOps * ns_of_us(machine.devices[0].op_us),
                  .layers = uint32_t(model.blueprint.layers.size())};
  for (const DeviceProfile& device : machine.devices) problem.places.push_back(place_of(device));
  TRY(apply_caps(machine, request, problem));
  add_disk(machine, problem);
  add_scratch(counter, problem);
  for (uint32_t part = 0; part < model.parts.size(); ++part)
    problem.stages.push_back(make_stage(counter, part));
  link_caches(model, problem.stages);
  return problem;
}

void rebuild(const Model& model, const MachineProfile& machine, const Request& request, double fill,
             Stage& stage) {
  make_tables({model, machine, request, fill}, stage);
}

}  // namespace straddle::plan
