#include "cli/load.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/interrupt.h"
#include "cli/output.h"

namespace straddle::cli {

void warn(const std::string& line) {
  std::fprintf(stderr, "straddle: %s\n", one_line({ErrorKind::io, "", line, ""}).c_str());
}

bool warn_if_clamped(const engine::Engine& engine, const std::string& cure) {
  const uint64_t count = engine.counters().clamped;
  if (count == 0) return false;
  warn(std::to_string(count) + " keys and values were beyond float16 and became 65504 or -65504 (" +
       cure + " keeps them as they are)");
  return true;
}

std::string text_of(const gguf::File& file, std::string_view key) {
  const auto found = file.string(key, "");
  return found ? std::string(*found) : std::string();
}

Result<options::Options> read_options(const Request& request) {
  options::Options out;
  std::vector<std::string> warnings;
  options::set_from_environment(out, warnings);
  for (const auto& line : warnings) warn(line);
  for (const auto& assignment : request.settings) {
    if (auto ok = options::set(out, assignment); !ok) return fail(ok);
  }
  return out;
}

bool is_given(const Request& request, const std::string& option) {
  return std::any_of(request.settings.begin(), request.settings.end(),
                     [&](const std::string& s) { return s.starts_with(option + "="); });
}

namespace {

conversation::Placing placing_of(const Request& request) {
  const char* forced = std::getenv("STRADDLE_ISA");
  return {request.device, !request.isa.empty() ? request.isa : forced ? forced : ""};
}

engine::Progress shown_by(Meter& meter) {
  return [&meter](uint64_t done, uint64_t total) {
    meter.show(done, total);
    return !interrupted();
  };
}

}  // namespace

Result<engine::Engine> load_engine(const gguf::File& file, const Request& request,
                                   const options::Options& options, const EngineNeeds& needs) {
  auto load = conversation::load_options(options, placing_of(request));
  if (needs.check) load.device = "reference";
  load.check = needs.check;
  if (needs.max_rows > 0) load.max_rows = needs.max_rows;
  load.max_wanted = needs.max_wanted;
  if (options.kv_type.empty()) load.kv = needs.kv;
  Meter meter("loading");
  return conversation::load_engine(file, load, shown_by(meter), warn);
}

Result<std::unique_ptr<conversation::LoadedModel>> load_model(gguf::File file, const Request& request,
                                                              const options::Options& options) {
  Meter meter("loading");
  return conversation::LoadedModel::load(
      std::move(file), options,
      {.placing = placing_of(request), .raw = request.raw, .progress = shown_by(meter), .warn = warn});
}

}  // namespace straddle::cli
