#include "cli/placement.h"

#include <algorithm>

#include "cli/plan_input.h"
#include "cli/plan_text.h"

namespace straddle::cli {
namespace {

// With one device, and nothing said of others, all is at home.
bool is_planned(const plan::MachineProfile& machine, const plan::Request& asked) {
  return machine.devices.size() > 1 || asked.gpu_layers || !asked.pins.empty() || !asked.vram.empty();
}

uint64_t free_bytes(const plan::DeviceProfile& home, const plan::Request& asked) {
  const uint64_t free = home.bytes - std::min(home.bytes, home.reserve_bytes + home.other_bytes);
  return std::min(free, asked.ram.value_or(free));
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
  out.load.free_bytes = free_bytes(out.machine.devices[0], asked);
  for (const plan::DeviceProfile& device : out.machine.devices) out.names.push_back(device.name);
  out.load.names = out.names;
  out.load.trace = request.recording;
  if (!is_planned(out.machine, asked)) return out;
  const PlanInput in = TRY(plan_input(file.path(), file, std::move(machine), std::move(asked)));
  const plan::Plan plan = TRY(make_plan(in));
  out.load.placement = plan::placement(plan);
  out.layers = layers_text(in, plan);
  return out;
}

}  // namespace straddle::cli
