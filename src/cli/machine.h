// This machine as the planner knows it: measured once, and kept in the user's cache folder.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "device/device.h"
#include "engine/engine.h"
#include "plan/plan.h"

namespace straddle::cli {

// What a profile was measured of. Another one, and it says nothing.
struct Machine {
  std::string cpu, isa;
  unsigned cores = 0, threads = 0;  // of the machine; that compute
  uint64_t memory = 0;              // bytes; counted in whole GiB, as kernels differ by some MB
  std::vector<std::string> devices = {"cpu"};  // kinds, home first: they compute at the same time
};
Result<Machine> this_machine(const device::CpuOptions& options,
                             std::vector<std::string> devices = {"cpu"});

// Where the profile of such a machine is kept; empty where there is no home.
std::string profile_path(const Machine& machine);

// The profile that is kept. None where there is none; `why_not` says why one that is there is no good.
std::optional<plan::MachineProfile> kept_profile(const Machine& machine, std::string& why_not);

// The kept file as it is, empty where there is none; and in its place another. io: it cannot be written.
std::string read_profile_file(const Machine& machine);
Status write_profile_file(const Machine& machine, const std::string& text);

// Measures, with progress, and keeps it. That it cannot be kept is a warning, before it is measured
// where that is known by then. usage: a reference device, which nobody waits for.
Result<engine::Probed> measure_profile(const Machine& machine);

}  // namespace straddle::cli
