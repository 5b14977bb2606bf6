// `straddle devices`: what computes here, its memory, and how fast it was measured to be.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/measured.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/device_list.h"
#include "cli/json.h"
#include "cli/load.h"
#include "cli/machine.h"
#include "cli/number_text.h"
#include "cli/output.h"
#include "cli/printable.h"

namespace straddle::cli {
namespace {

using Json = nlohmann::ordered_json;

// How fast the machine is, where that is known; how far turns lay apart, where it was measured just now.
struct Known {
  std::optional<plan::MachineProfile> profile;
  std::optional<engine::Probed> probed;
};

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

std::string spread_text(double share) {
  char out[32];
  std::snprintf(out, sizeof out, "%.0f %%", 100 * share);
  return out;
}

// Behind a figure that was measured just now.
std::string with_spread(const std::string& text, const engine::Probed* probed, double share) {
  return probed ? text + ", spread " + spread_text(share) : text;
}

std::string rates_text(const plan::DeviceProfile& cpu, const engine::Probed* probed) {
  std::string out = "\n  GB/s of weights for " + padded("", 1);
  for (const uint32_t rows : plan::kRateRows) {
    char cell[32];
    std::snprintf(cell, sizeof cell, "%5u row%c", rows, rows == 1 ? ' ' : 's');
    out += cell;
  }
  out += probed ? "  spread\n" : "\n";
  for (size_t i = 0; i < cpu.rates.size(); ++i) {
    out += "    " + padded(cpu.rates[i].format, 18);
    for (const double GBps : cpu.rates[i].GBps) {
      char cell[32];
      std::snprintf(cell, sizeof cell, "%10.1f", GBps);
      out += cell;
    }
    if (probed && i < probed->rate_spreads.size()) out += "   " + spread_text(probed->rate_spreads[i]);
    out += "\n";
  }
  return out;
}

std::string measured_text(const plan::DeviceProfile& cpu, const engine::Probed* probed) {
  const auto figure = [&](const std::string& name, const std::string& text, double share) {
    return line(name, with_spread(text, probed, share));
  };
  const engine::Probed none, &p = probed ? *probed : none;
  return figure("reads", trimmed(cpu.read_GBps) + " GB/s", spread(p.reads)) +
         figure("prompts", trimmed(cpu.tile_GMACs) + " GMAC/s (Q4_K, 128 rows)", p.tile_spread) +
         figure("attention", trimmed(cpu.kv_f16_GBps) + " GB/s of f16 keys and values", p.kv_spread) +
         line("an op", trimmed(cpu.op_us) + " us beside its bytes") + rates_text(cpu, probed);
}

std::string text_of(const Machine& machine, const Known& known) {
  const MachineLimits limits = read_limits();
  std::string out = "cpu\n" + line("name", printable(machine.cpu)) +
                    line("cores", cores_text(machine, limits)) +
                    line("isa", machine.isa + " (it has " + listed(device::cpu_isas()) + ")") +
                    line("memory", memory_text(limits));
  if (!known.profile) return out + line("speed", "not measured yet: straddle devices --measure");
  return out + measured_text(known.profile->devices[0], known.probed ? &*known.probed : nullptr);
}

Json number_or_null(bool there, double value) { return there ? Json(value) : Json(); }

std::string json_of(const Machine& machine, const Known& known) {
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
  out["measured"] = known.profile ? parse_json(plan::profile_json(*known.profile)) : Json();
  if (known.probed) out["read_turns"] = known.probed->reads;
  return json_line(out);
}

Result<Known> known_of(const Machine& machine, bool measure) {
  if (measure) {
    auto probed = TRY(measure_profile(machine));
    if (const std::string line = unrest(probed.reads); !line.empty()) warn(line);
    auto profile = probed.profile;
    return Known{std::move(profile), std::move(probed)};
  }
  std::string why_not;
  auto profile = kept_profile(machine, why_not);
  if (!why_not.empty()) warn(why_not + ": straddle devices --measure measures again");
  return Known{std::move(profile), std::nullopt};
}

}  // namespace

Status devices(const Request& request) {
  const auto options = TRY(read_options(request));
  const DeviceList list = TRY(devices_here(request.device));
  const Machine machine = TRY(this_machine(cpu_options(request, options), list.kinds));
  const Known known = TRY(known_of(machine, request.measure));
  say(request.json ? json_of(machine, known) : text_of(machine, known));
  return {};
}

}  // namespace straddle::cli
