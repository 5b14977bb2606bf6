#include "cli/load.h"

#include <algorithm>

#include "base/checked.h"
#include "base/environment.h"
#include "cli/interrupt.h"
#include "cli/meter.h"
#include "cli/output.h"
#include "cli/settings.h"

namespace straddle::cli {

bool warn_if_clamped(const engine::Engine& engine, const std::string& cure) {
  const uint64_t count = engine.counters().clamped;
  if (count == 0) return false;
  warn(std::to_string(count) + " keys and values were beyond float16 and became 65504 or -65504 (" +
       cure + " keeps them as they are)");
  return true;
}

options::Options default_options() {
  options::Options out;
  std::vector<std::string> warnings;
  options::set_from_environment(out, warnings);
  for (const auto& line : warnings) warn(line);
  return out;
}

Result<options::Options> read_options(const Request& request) {
  auto settings = TRY(settings_of(request));
  return options_of(settings, default_options());
}

namespace {

conversation::ComputeTarget target_of(const Request& request) {
  return {request.device, !request.isa.empty() ? request.isa : environment("STRADDLE_ISA")};
}

}  // namespace

device::CpuOptions cpu_options(const Request& request, const options::Options& options) {
  return {.threads = unsigned(options.num_thread), .isa = target_of(request).isa};
}

namespace {

engine::LoadProgress shown_by(Meter& meter) {
  return [&meter](uint64_t done, uint64_t total) {
    meter.show(done, total);
    return !interrupted();
  };
}

// The progress makes room for the warning.
std::function<void(const std::string&)> warn_over(Meter& meter) {
  return [&meter](const std::string& line) {
    meter.clear();
    warn(line);
  };
}

}  // namespace

Result<engine::Engine> load_engine(const gguf::File& file, const Request& request,
                                   const options::Options& options, const EngineNeeds& needs) {
  auto load = conversation::load_options(options, target_of(request));
  if (needs.check) load.devices = {"reference"};
  load.check = needs.check;
  if (needs.max_rows > 0) load.max_rows = needs.max_rows;
  load.max_wanted = needs.max_wanted;
  load.sequences = needs.sequences;
  if (options.kv_type.empty()) load.kv = needs.kv;
  Meter meter("loading");
  return conversation::load_engine(file, load, shown_by(meter), warn_over(meter));
}

Result<std::unique_ptr<conversation::LoadedModel>> load_model(gguf::File file, const Request& request,
                                                              const options::Options& options,
                                                              std::vector<std::string>& warned) {
  Meter meter("loading");
  const auto warn_once = [&](const std::string& line) {
    if (std::ranges::find(warned, line) != warned.end()) return;
    warned.push_back(line);
    warn_over(meter)(line);
  };
  return conversation::LoadedModel::load(std::move(file), options,
                                         {.target = target_of(request),
                                          .raw = request.raw,
                                          .progress = shown_by(meter),
                                          .warn = warn_once});
}

Status check_fits(const conversation::LoadedModel& model, const Request& request,
                  const options::Options& options) {
  auto load = conversation::load_options(options, target_of(request));
  const auto free = checked_add(load.free_bytes, model.engine.needs().all.own_bytes());
  load.free_bytes = free.value_or(load.free_bytes);  // unknown: no limit
  auto needs = engine::Engine::needs_for(model.file, load);
  return needs ? Status() : fail(needs);
}

}  // namespace straddle::cli
