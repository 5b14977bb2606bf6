#include "cli/machine_choice.h"

#include <algorithm>
#include <filesystem>

#include "base/limits.h"
#include "base/nearest.h"
#include "cli/input.h"
#include "cli/load.h"
#include "cli/machine.h"
#include "store/store.h"

namespace straddle::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".json";
constexpr size_t kMostBytes = 1 << 20;  // of a profile

fs::path folder() { return fs::path(store::share_folder()) / "machines"; }

bool is_path(const std::string& name) { return name.find('/') != name.npos || name.ends_with(kEnding); }

// Never more than a profile may have, so that a file without end does no harm.
Result<std::string> read_profile(const std::string& path) {
  std::string text;
  auto input = TRY(Input::open(path, "a machine profile"));
  while (TRY(input.read_more(text))) {
    if (text.size() > kMostBytes)
      return fail(ErrorKind::bad_input, path, "is too large for a machine profile");
  }
  return text;
}

Result<std::string> path_of(const std::string& name) {
  if (is_path(name)) return name;
  const std::string path = (folder() / (name + std::string(kEnding))).string();
  std::error_code ignored;
  if (fs::exists(path, ignored)) return path;
  const auto names = known_machines();
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view near = nearest(name, known);
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  return fail(ErrorKind::not_found, "--machine", "no machine is called '" + name + "'",
              near.empty() ? "a file, or one of: " + list : "did you mean " + std::string(near) + "?");
}

Result<ChosenMachine> named_machine(const std::string& name) {
  const std::string path = TRY(path_of(name));
  const std::string text = TRY(read_profile(path));
  auto profile = TRY(plan::parse_profile(text, path));
  if (profile.name.empty()) profile.name = fs::path(path).stem().string();
  return ChosenMachine{std::move(profile), ""};
}

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

// What other programs hold now is theirs.
void take_free_memory(plan::DeviceProfile& cpu) {
  const MachineLimits limits = read_limits();
  if (cpu.bytes == 0) cpu.bytes = std::min({limits.memory, limits.memory_limit, uint64_t(1) << 50});
  cpu.other_bytes = cpu.bytes - std::min(cpu.bytes, limits.free_memory);
}

// Measured, else guessed.
Result<ChosenMachine> machine_here(const Request& request) {
  const auto options = TRY(read_options(request));
  const Machine machine = TRY(this_machine(cpu_options(request, options)));
  std::string why_not;
  auto kept = kept_profile(machine, why_not);
  ChosenMachine out;
  if (!kept)
    out.note = (why_not.empty() ? "this machine was not measured yet" : why_not) +
               ": its speed is guessed (straddle devices --measure)";
  out.profile =
      kept ? std::move(*kept) : plan::MachineProfile{.name = machine.cpu, .devices = {guessed_cpu()}};
  take_free_memory(out.profile.devices[0]);
  return out;
}

}  // namespace

std::vector<std::string> known_machines() {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder(), ignored)) {
    if (entry.path().extension() == kEnding) out.push_back(entry.path().stem().string());
  }
  std::ranges::sort(out);
  return out;
}

Result<ChosenMachine> chosen_machine(const Request& request) {
  return request.machine.empty() ? machine_here(request) : named_machine(request.machine);
}

}  // namespace straddle::cli
