// On which devices of this machine a model is loaded, and what of it on which.
#pragma once
#include <string>
#include <vector>

#include "cli/load_options.h"
#include "plan/plan.h"

namespace straddle::cli {

// How to load a model: by the plan that `plan` prints of the same request, where there is a choice.
struct Placed {
  engine::LoadOptions load;
  std::vector<std::string> names;  // of devices, home first
  plan::MachineProfile machine;
  std::string layers;  // the line `offloaded N/81 layers to GPU`; empty: all at home, without a choice
};

// also_free: memory that will be free, beside what is. usage: a device, cap or pin that makes no sense
// here; no_memory: it does not fit, with what would.
Result<Placed> place(const gguf::File& file, const Request& request, const options::Options& options,
                     const EngineNeeds& needs, uint64_t also_free = 0);

}  // namespace straddle::cli
