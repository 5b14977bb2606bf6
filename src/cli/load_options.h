// What flags, environment and a command's own needs say of loading.
#pragma once
#include "cli/plan_words.h"
#include "cli/request.h"
#include "conversation/conversation.h"
#include "device/device.h"
#include "options/options.h"

namespace straddle::cli {

// As the environment has them; what it has wrong is said.
options::Options default_options();
// Environment, then the command line. A file's own suggestions are not taken.
Result<options::Options> read_options(const Request& request);

// Threads and instructions, as for the device cpu.
device::CpuOptions cpu_options(const Request& request, const options::Options& options);

// What a command needs of the engine.
struct EngineNeeds {
  uint32_t max_wanted = 1;
  uint32_t sequences = 1;
  uint32_t max_rows = 0;              // 0: num_batch
  ops::KvType kv = ops::KvType::f16;  // where neither --kv nor kv_type says otherwise
  bool check = false;                 // engine::LoadOptions::check, on the reference device
  uint32_t least_context = 1;         // a smaller one would be of no use
  RequestFlags flags = {};            // that say what would fit
};
// But for devices, places and memory (placement.h).
engine::LoadOptions load_options(const options::Options& options, const EngineNeeds& needs);

}  // namespace straddle::cli
