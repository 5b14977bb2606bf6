// From the words of a request to a model that is ready, with progress and warnings for a person.
#pragma once
#include "cli/request.h"
#include "conversation/conversation.h"
#include "device/device.h"

namespace straddle::cli {

// As the environment has them; what it has wrong is said.
options::Options default_options();
// Environment, then the command line. A file's own suggestions are not taken.
Result<options::Options> read_options(const Request& request);

// Threads and instructions, as for the device cpu.
device::CpuOptions cpu_options(const Request& request, const options::Options& options);

struct EngineNeeds {
  uint32_t max_wanted = 1;
  uint32_t sequences = 1;
  uint32_t max_rows = 0;              // 0: num_batch
  ops::KvType kv = ops::KvType::f16;  // where neither --kv nor kv_type says otherwise
  bool check = false;                 // engine::LoadOptions::check, on the reference device
};
Result<engine::Engine> load_engine(const gguf::File& file, const Request& request,
                                   const options::Options& options, const EngineNeeds& needs);

// To talk to. warned: what was said of it before, and is not said again; takes what is said now.
Result<std::unique_ptr<conversation::LoadedModel>> load_model(gguf::File file, const Request& request,
                                                              const options::Options& options,
                                                              std::vector<std::string>& warned);

// Whether there is memory for the same model with other options, once its own memory is given back.
Status check_fits(const conversation::LoadedModel& model, const Request& request,
                  const options::Options& options);

// True where keys or values were beyond float16, which is said. cure: what to type.
bool warn_if_clamped(const engine::Engine& engine, const std::string& cure);

}  // namespace straddle::cli
