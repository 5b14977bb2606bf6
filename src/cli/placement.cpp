#include "cli/placement.h"

#include <algorithm>

#include "cli/plan_input.h"
#include "cli/plan_text.h"

namespace straddle::cli {
namespace {

// With one device, and nothing said of others, all is at home.
bool is_planned(const PlanInput& in) {
  return in.machine.profile.devices.size() > 1 || in.request.gpu_layers || !in.request.pins.empty() ||
         !in.request.vram.empty();
}

uint64_t free_bytes(const PlanInput& in) {
  const plan::DeviceProfile& home = in.machine.profile.devices[0];
  const uint64_t free = home.bytes - std::min(home.bytes, home.reserve_bytes + home.other_bytes);
  return std::min(free, in.request.ram.value_or(free));
}

}  // namespace

Result<Placed> place(const gguf::File& file, const Request& request, const options::Options& options,
                     const EngineNeeds& needs, uint64_t also_free) {
  const PlanInput in = TRY(plan_input(file, request, options, needs, also_free));
  Placed out{
      .load = load_options(options, needs), .names = {}, .machine = in.machine.profile, .layers = ""};
  out.load.devices = in.machine.kinds;
  out.load.isa = cpu_options(request, options).isa;
  out.load.free_bytes = free_bytes(in);
  for (const plan::DeviceProfile& device : out.machine.devices) out.names.push_back(device.name);
  if (!is_planned(in)) return out;
  const plan::Plan plan = TRY(make_plan(in));
  out.load.placement = plan::placement(plan);
  out.layers = layers_text(in, plan);
  return out;
}

}  // namespace straddle::cli
