#include "cli/placement.h"

#include <algorithm>

#include "cli/plan_input.h"
#include "cli/plan_text.h"

namespace straddle::cli {
namespace {

// With one device, and nothing said of others, all is at home.
bool has_choice(const plan::MachineProfile& machine, const plan::Request& asked) {
  return machine.devices.size() > 1 || asked.gpu_layers || !asked.pins.empty() || !asked.vram.empty();
}

// Loading takes what is planned, and never more.
uint64_t planned_bytes(const plan::Plan& plan) {
  uint64_t sum = 0;
  for (const plan::DeviceUse& use : plan.devices) sum += use.budget - use.unused;
  return sum;
}

}  // namespace

Result<Placed> place(const gguf::File& file, const Request& request, const options::Options& options,
                     const EngineNeeds& needs, uint64_t also_free) {
  auto asked = TRY(load_request(request, options, needs));
  auto machine = TRY(machine_here(request, options, also_free));
  Placed out{
      .load = load_options(options, needs), .names = {}, .machine = machine.profile, .layers = ""};
  out.load.devices = machine.kinds;
  out.load.isa = cpu_options(request, options).isa;
  for (const plan::DeviceProfile& device : out.machine.devices) out.names.push_back(device.name);
  out.load.names = out.names;
  out.load.trace = request.recording;
  const bool chosen = has_choice(out.machine, asked);
  PlanInput in = TRY(plan_input(file.path(), file, std::move(machine), std::move(asked)));
  in.leeway = {.least_context = needs.least_context, .q8_0 = false};
  in.flags = needs.flags;
  const plan::Plan plan = TRY(make_plan(in));
  out.load.free_bytes = planned_bytes(plan);
  if (!chosen) return out;
  out.load.placement = plan::placement(plan);
  out.layers = layers_text(in, plan);
  return out;
}

}  // namespace straddle::cli
