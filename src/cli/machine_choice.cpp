#include "cli/machine_choice.h"

#include <algorithm>
#include <filesystem>

#include "base/limits.h"
#include "base/mapped_file.h"
#include "base/nearest.h"
#include "cli/corrections.h"
#include "cli/device_list.h"
#include "cli/load_options.h"
#include "cli/machine.h"
#include "engine/engine.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".json";
constexpr size_t kMostBytes = 1 << 20;  // of a profile

fs::path folder() { return fs::path(store::share_folder()) / "machines"; }

bool is_path(const std::string& name) { return name.find('/') != name.npos || name.ends_with(kEnding); }

Result<std::string> read_profile(const std::string& path) {
  const auto file = TRY(MappedFile::open(path));
  const auto bytes = file.bytes();
  if (bytes.size() > kMostBytes)
    return fail(ErrorKind::bad_input, path, "is too large for a machine profile");
  return std::string(bytes.begin(), bytes.end());
}

// What is meant by a name that is none, of a machine or of a file.
std::string what_there_is(const std::string& name) {
  const auto names = known_machines();
  const std::string_view near =
      nearest(fs::path(name).stem().string(), std::vector<std::string_view>(names.begin(), names.end()));
  if (!near.empty()) return "did you mean " + std::string(near) + "?";
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  return "a file, or one of: " + list;
}

// A name is of a machine that we know, else of a file. What is there and cannot be looked at is no
// missing one: to open it will say why.
Result<std::string> path_of(const std::string& name) {
  const std::string known = (folder() / (name + std::string(kEnding))).string();
  std::error_code failed;
  const auto is_there = [&](const std::string& path) { return fs::exists(path, failed) || failed; };
  if (!is_path(name) && is_there(known)) return known;
  if (is_there(name)) return name;
  return fail(ErrorKind::not_found, is_path(name) ? name : "--machine",
              is_path(name) ? "no such file" : "no machine is called '" + name + "'",
              what_there_is(name));
}

Result<ChosenMachine> named_machine(const std::string& name) {
  const std::string path = TRY(path_of(name));
  const std::string text = TRY(read_profile(path));
  auto profile = TRY(plan::parse_profile(text, path));
  if (profile.name.empty()) profile.name = fs::path(path).stem().string();
  return ChosenMachine{std::move(profile), ""};
}

// ---- this machine, where it was not measured

// A desktop of these years with two channels of DDR4.
plan::DeviceProfile guessed_cpu() {
  return {.name = "cpu",
          .read_GBps = 35,
          .rates = {{"4..8", {30, 30, 28, 20}}, {"2..3", {25, 25, 23, 16}}},
          .tile_GMACs = 300,
          .kv_f16_GBps = 25,
          .kv_q8_0_GBps = 20,
          .op_us = 5,
          .basis = plan::Basis::guessed};
}

// Nobody waits for it: plain loops in one thread.
plan::DeviceProfile guessed_reference() {
  return {.name = "reference",
          .read_GBps = 1,
          .rates = {{"4..8", {0.2, 0.1, 0.05, 0.025}}, {"2..3", {0.1, 0.05, 0.025, 0.0125}}},
          .tile_GMACs = 0.3,
          .kv_f16_GBps = 0.5,
          .kv_q8_0_GBps = 0.5,
          .op_us = 1,
          .basis = plan::Basis::guessed};
}

// A share of the threads has that share of what all of them reach.
plan::DeviceProfile with_share(plan::DeviceProfile cpu, double share) {
  for (double* figure : {&cpu.read_GBps, &cpu.tile_GMACs, &cpu.kv_f16_GBps, &cpu.kv_q8_0_GBps})
    *figure *= share;
  for (plan::FormatRate& rate : cpu.rates)
    for (double& GBps : rate.GBps) GBps *= share;
  if (share < 1) cpu.basis = plan::Basis::guessed;
  return cpu;
}

// What crosses goes through memory that both see: some cache lines, and a look at a counter.
constexpr double kGuessedCrossing_us = 1;

plan::MachineProfile guessed_profile(const Machine& machine,
                                     const std::vector<engine::DeviceSetup>& setups) {
  Machine alone = machine;
  alone.devices = {"cpu"};
  std::string ignored;
  const auto measured = kept_profile(alone, ignored);
  const plan::DeviceProfile cpu = measured ? measured->devices[0] : guessed_cpu();
  plan::MachineProfile out{.name = machine.cpu};
  for (size_t d = 0; d < setups.size(); ++d) {
    const double share = double(setups[d].threads) / std::max(machine.threads, setups[d].threads);
    out.devices.push_back(machine.devices[d] == "cpu" ? with_share(cpu, share) : guessed_reference());
    out.devices[d].submit_us = out.devices[d].wake_us = d > 0 ? kGuessedCrossing_us : 0;
  }
  return out;
}

// ---- this machine

bool is_capped(const Request& request, const std::string& name) {
  return !request.vram.empty() &&
         (request.vram.find('=') == request.vram.npos || request.vram.find(name) != request.vram.npos);
}

// What other programs hold now is theirs. All devices take from the same memory: where the user sets no
// cap, one behind home takes half of what is free.
void take_free_memory(plan::MachineProfile& machine, const Request& request, uint64_t also_free) {
  const MachineLimits limits = read_limits();
  plan::DeviceProfile& home = machine.devices[0];
  home.bytes = std::min({limits.memory, limits.memory_limit, uint64_t(1) << 50});
  const uint64_t free = limits.free_memory + std::min(also_free, ~limits.free_memory);
  home.other_bytes = home.bytes - std::min(home.bytes, free);
  for (size_t d = 1; d < machine.devices.size(); ++d) {
    plan::DeviceProfile& device = machine.devices[d];
    device.bytes = (home.bytes - home.other_bytes) / (is_capped(request, device.name) ? 1 : 2);
    device.other_bytes = 0;
  }
}

void name_devices(const std::vector<std::string>& names, const std::vector<engine::DeviceSetup>& setups,
                  plan::MachineProfile& machine) {
  for (size_t d = 0; d < names.size(); ++d) {
    machine.devices[d].name = names[d];
    machine.devices[d].kind = plan::DeviceKind::cpu;
    machine.devices[d].layout = quant::layout_name(setups[d].form.layout);
  }
}

std::string guessed_note(const Machine& machine, const std::string& why_not) {
  std::string list;
  for (const std::string& device : machine.devices) list += (list.empty() ? "" : ",") + device;
  const bool alone = machine.devices.size() == 1;
  return (!why_not.empty() ? why_not
          : alone          ? "this machine was not measured yet"
                           : list + " was not measured on this machine yet") +
         ": its speed is guessed (straddle devices --measure" + (alone ? "" : " --device " + list) + ")";
}

}  // namespace

// Measured, else guessed.
Result<ChosenMachine> machine_here(const Request& request, const options::Options& options,
                                   uint64_t also_free) {
  const DeviceList list = TRY(devices_here(request.device));
  const Machine machine = TRY(this_machine(cpu_options(request, options), list.kinds));
  const auto setups = TRY(engine::Engine::devices_for(
      {.devices = list.kinds, .isa = machine.isa, .threads = uint32_t(machine.threads)}));
  std::string why_not;
  auto kept = kept_profile(machine, why_not);
  if (kept && kept->devices.size() != setups.size()) kept.reset();
  ChosenMachine out{
      .profile = {}, .note = kept ? "" : guessed_note(machine, why_not), .kinds = list.kinds};
  if (kept)
    out.corrections = [machine](const gguf::File& file) { return kept_corrections(machine, file); };
  out.profile = kept ? std::move(*kept) : guessed_profile(machine, setups);
  name_devices(list.names, setups, out.profile);
  take_free_memory(out.profile, request, also_free);
  out.measure = [setups](uint32_t device, const ops::Program& program) {
    return setups[device].form.measure(program);
  };
  return out;
}

std::vector<std::string> known_machines() {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder(), ignored)) {
    if (entry.path().extension() == kEnding) out.push_back(entry.path().stem().string());
  }
  std::ranges::sort(out);
  return out;
}

Result<ChosenMachine> chosen_machine(const Request& request, const options::Options& options) {
  return request.machine.empty() ? machine_here(request, options) : named_machine(request.machine);
}

}  // namespace straddle::cli
