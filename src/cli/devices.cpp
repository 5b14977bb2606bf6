// `straddle devices`: what computes here, its memory, and how fast it was measured to be.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/load.h"
#include "cli/machine.h"
#include "cli/number_text.h"
#include "cli/output.h"
#include "cli/printable.h"

namespace straddle::cli {
namespace {

using Json = nlohmann::ordered_json;
using Profile = std::optional<plan::MachineProfile>;

// Without a limit, version 1 of control groups shows a number that no machine has.
bool has_limit(const MachineLimits& limits) { return limits.memory_limit < limits.memory; }

std::string listed(std::span<const char* const> names) {
  std::string out;
  for (const char* name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

std::string line(const std::string& name, const std::string& text) {
  return "  " + padded(name, 10) + text + "\n";
}

std::string trimmed(double value) {
  char out[32];
  std::snprintf(out, sizeof out, "%.3g", value);
  return out;
}

std::string memory_text(const MachineLimits& limits) {
  std::string out = short_bytes(limits.memory) + ", " + short_bytes(limits.free_memory) + " free";
  if (has_limit(limits)) out += " (control groups leave " + short_bytes(limits.memory_limit) + ")";
  return out;
}

std::string cores_text(const Machine& machine, const MachineLimits& limits) {
  std::string out = std::to_string(machine.cores) + ", " + std::to_string(machine.threads) + " threads";
  if (std::isfinite(limits.cores))
    out += " (control groups leave the time of " + trimmed(limits.cores) + ")";
  return out;
}

std::string rates_text(const plan::DeviceProfile& cpu) {
  std::string out = "\n  GB/s of weights for " + padded("", 1);
  for (const uint32_t rows : plan::kRateRows) {
    char cell[32];
    std::snprintf(cell, sizeof cell, "%5u row%c", rows, rows == 1 ? ' ' : 's');
    out += cell;
  }
  out += "\n";
  for (const auto& rate : cpu.rates) {
    out += "    " + padded(rate.format, 18);
    for (const double GBps : rate.GBps) {
      char cell[32];
      std::snprintf(cell, sizeof cell, "%10.1f", GBps);
      out += cell;
    }
    out += "\n";
  }
  return out;
}

std::string measured_text(const plan::DeviceProfile& cpu) {
  return line("reads", trimmed(cpu.read_GBps) + " GB/s") +
         line("prompts", trimmed(cpu.tile_GMACs) + " GMAC/s (Q4_K, 128 rows)") +
         line("attention", trimmed(cpu.kv_f16_GBps) + " GB/s of f16 keys and values") +
         line("an op", trimmed(cpu.op_us) + " us beside its bytes") + rates_text(cpu);
}

std::string text_of(const Machine& machine, const Profile& profile) {
  const MachineLimits limits = read_limits();
  std::string out = "cpu\n" + line("name", printable(machine.cpu)) +
                    line("cores", cores_text(machine, limits)) +
                    line("isa", machine.isa + " (it has " + listed(device::cpu_isas()) + ")") +
                    line("memory", memory_text(limits));
  if (!profile) return out + line("speed", "not measured yet: straddle devices --measure");
  return out + measured_text(profile->devices[0]);
}

Json number_or_null(bool there, double value) { return there ? Json(value) : Json(); }

std::string json_of(const Machine& machine, const Profile& profile) {
  const MachineLimits limits = read_limits();
  Json cpu{{"name", "cpu"},
           {"kind", "cpu"},
           {"processor", machine.cpu},
           {"cores", machine.cores},
           {"threads", machine.threads},
           {"isa", machine.isa},
           {"isas", Json::array()},
           {"memory_bytes", limits.memory},
           {"free_bytes", limits.free_memory}};
  for (const char* isa : device::cpu_isas()) cpu["isas"].push_back(isa);
  cpu["memory_limit_bytes"] = has_limit(limits) ? Json(limits.memory_limit) : Json();
  cpu["core_limit"] = number_or_null(std::isfinite(limits.cores), limits.cores);
  Json out{{"devices", Json::array({cpu})}, {"file", profile_path(machine)}};
  out["measured"] = profile ? parse_json(plan::profile_json(*profile)) : Json();
  return json_line(out);
}

Result<Profile> profile_for(const Machine& machine, bool measure) {
  if (measure) {
    auto profile = TRY(measure_profile(machine));
    return Profile(std::move(profile));
  }
  std::string why_not;
  auto profile = kept_profile(machine, why_not);
  if (!why_not.empty()) warn(why_not + ": straddle devices --measure measures again");
  return profile;
}

}  // namespace

Status devices(const Request& request) {
  const auto options = TRY(read_options(request));
  const Machine machine = TRY(this_machine(cpu_options(request, options)));
  const Profile profile = TRY(profile_for(machine, request.measure));
  say(request.json ? json_of(machine, profile) : text_of(machine, profile));
  return {};
}

}  // namespace straddle::cli
