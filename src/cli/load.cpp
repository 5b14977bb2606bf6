#include "cli/load.h"

#include <algorithm>

#include "cli/interrupt.h"
#include "cli/meter.h"
#include "cli/output.h"

namespace straddle::cli {

bool warn_if_clamped(const engine::Engine& engine, const std::string& cure) {
  const uint64_t count = engine.counters().clamped;
  if (count == 0) return false;
  warn(std::to_string(count) + " keys and values were beyond float16 and became 65504 or -65504 (" +
       cure + " keeps them as they are)");
  return true;
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

void log_layers(const Request& request, const Placed& placed) {
  if (request.verbose) std::fputs(placed.layers.c_str(), stderr);
}

}  // namespace

Result<LoadedEngine> load_engine(const gguf::File& file, const Request& request,
                                 const options::Options& options, const EngineNeeds& needs) {
  auto placed = TRY(place(file, request, options, needs));
  log_layers(request, placed);
  Meter meter("loading");
  auto engine = TRY(conversation::load_engine(file, placed.load, shown_by(meter), warn_over(meter)));
  return LoadedEngine{std::move(engine), std::move(placed)};
}

Result<ChatModel> load_model(gguf::File file, const Request& request, const options::Options& options,
                             std::vector<std::string>& warned, const std::string& go_template) {
  auto placed = TRY(place(file, request, options, {}));
  log_layers(request, placed);
  Meter meter("loading");
  const auto warn_once = [&](const std::string& line) {
    if (std::ranges::find(warned, line) != warned.end()) return;
    warned.push_back(line);
    warn_over(meter)(line);
  };
  auto model = TRY(conversation::LoadedModel::load(std::move(file), {.load = placed.load,
                                                                     .raw = request.raw,
                                                                     .go_template = go_template,
                                                                     .progress = shown_by(meter),
                                                                     .warn = warn_once}));
  return ChatModel{std::move(model), std::move(placed)};
}

Status check_fits(const conversation::LoadedModel& model, const Request& request,
                  const options::Options& options) {
  const uint64_t own = model.engine.needs().all.own_bytes();
  TRY(place(model.file, request, options, {}, own));
  return {};
}

}  // namespace straddle::cli
