#include "cli/machine.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/cpu_features.h"
#include "base/limits.h"
#include "base/threads.h"
#include "cli/environment.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/meter.h"
#include "cli/output.h"

namespace straddle::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMeasuredOn = "measured_on";  // beside the keys of a profile

Json json_of(const Machine& machine) {
  return {{"cpu", machine.cpu},
          {"cores", machine.cores},
          {"threads", machine.threads},
          {"isa", machine.isa},
          {"memory_GiB", (machine.memory + (1 << 29)) >> 30},
          {"straddle", STRADDLE_VERSION}};
}

// Letters and digits, with a dash for what stands between.
std::string for_a_name(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      out += char(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  return out.substr(0, 100);
}

// What is longer is no profile, and a pipe would be waited for without end.
std::string read_file(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return "";
  std::string out(1 << 20, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(out.data(), long(out.size()));
  out.resize(size_t(file.gcount()));
  return out;
}

Result<AtomicFile> begin_file(const Machine& machine) {
  const std::string path = profile_path(machine);
  if (path.empty()) return fail(ErrorKind::io, "cache", "there is no home folder", "set XDG_CACHE_HOME");
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  return AtomicFile::create(path);
}

Status write(AtomicFile& file, const std::string& text) {
  TRY(file.append({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  return file.commit();
}

Status keep(const plan::MachineProfile& profile, const Machine& machine, AtomicFile& file) {
  Json json = parse_json(plan::profile_json(profile));
  json[kMeasuredOn] = json_of(machine);
  return write(file, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

Result<Machine> this_machine(const device::CpuOptions& options, std::vector<std::string> devices) {
  const auto isas = device::cpu_isas();
  Machine out{.cpu = cpu_name(), .isa = options.isa.empty() ? isas.back() : options.isa};
  TRY(device::cpu_layout(out.isa));  // an ISA that is here
  out.cores = unsigned(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  out.threads = options.threads ? options.threads : usable_cores();
  const MachineLimits limits = read_limits();
  out.memory = std::min(limits.memory, limits.memory_limit);
  out.devices = std::move(devices);
  return out;
}

std::string profile_path(const Machine& machine) {
  const std::string folder = cache_folder();
  if (folder.empty()) return "";
  std::string of = machine.cpu + " " + std::to_string(machine.threads) + " threads " + machine.isa;
  if (machine.devices != std::vector<std::string>{"cpu"})
    for (const std::string& device : machine.devices) of += " " + device;
  return folder + "machine-" + for_a_name(of) + ".json";
}

std::string read_profile_file(const Machine& machine) {
  const std::string path = profile_path(machine);
  return path.empty() ? "" : read_file(path);
}

Status write_profile_file(const Machine& machine, const std::string& text) {
  auto file = TRY(begin_file(machine));
  return write(file, text);
}

std::optional<plan::MachineProfile> kept_profile(const Machine& machine, std::string& why_not) {
  const std::string path = profile_path(machine);
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(path, ignored)) return std::nullopt;
  const std::string text = read_file(path);
  const Json json = parse_json(text);
  auto profile = plan::parse_profile(text, path);
  if (!profile) {
    why_not = one_line(profile.error());
  } else if (!json.contains(kMeasuredOn)) {
    why_not = path + ": it does not say which machine was measured";
  } else if (json[kMeasuredOn] != json_of(machine)) {
    why_not = path + ": the machine has changed since it was measured";
  } else {
    return std::move(*profile);
  }
  return std::nullopt;
}

Result<engine::Probed> measure_profile(const Machine& machine) {
  if (std::ranges::count(machine.devices, "cpu") != long(machine.devices.size()))
    return fail(ErrorKind::usage, "--measure", "the reference is not measured: nobody waits for it",
                "--device cpu or cpu,cpu");
  auto file = begin_file(machine);  // whoever waits learns before that it is not kept
  const auto cannot = [](const Error& error) {
    warn("what is measured cannot be kept: " + one_line(error));
  };
  if (!file) cannot(file.error());
  Meter meter("measuring this machine");
  const engine::ProbeOptions options{.isa = machine.isa, .threads = machine.threads};
  const auto progress = [&](uint64_t done, uint64_t total) {
    meter.show(done, total);
    return !interrupted();
  };
  const auto devices = uint32_t(machine.devices.size());
  auto probed = devices == 1 ? engine::probe(options, progress)
                             : engine::probe_together(options, devices, progress);
  meter.clear();
  if (!probed || !file) return probed;
  const auto kept = keep(probed->profile, machine, *file);
  if (!kept) cannot(kept.error());
  return probed;
}

}  // namespace straddle::cli
