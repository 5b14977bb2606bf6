#include "cli/load_options.h"

#include "base/environment.h"
#include "cli/output.h"
#include "cli/settings.h"

namespace straddle::cli {

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

device::CpuOptions cpu_options(const Request& request, const options::Options& options) {
  return {.threads = unsigned(options.num_thread),
          .isa = !request.isa.empty() ? request.isa : environment("STRADDLE_ISA")};
}

engine::LoadOptions load_options(const options::Options& options, const EngineNeeds& needs) {
  auto load = conversation::load_options(options);
  load.check = needs.check;
  if (needs.max_rows > 0) load.max_rows = needs.max_rows;
  load.max_wanted = needs.max_wanted;
  load.sequences = needs.sequences;
  if (options.kv_type.empty()) load.kv = needs.kv;
  return load;
}

}  // namespace straddle::cli
