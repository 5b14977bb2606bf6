// What --verbose says of each device, from what it holds and what its Steps took.
#pragma once
#include "cli/placement.h"

namespace straddle::cli {

// A line for each device, also for one that holds nothing, to standard error: of Steps of one token,
// where there were any, else of all. Only after the engine is idle.
void print_devices(const gguf::File& file, const engine::Engine& engine, const Placed& placed);

}  // namespace straddle::cli
