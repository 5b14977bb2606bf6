#include "cli/device_report.h"

#include <algorithm>
#include <cstdio>

#include "cli/plan_words.h"
#include "cli/printable.h"

namespace straddle::cli {
namespace {

template <class... Values>
std::string formatted(const char* format, Values... values) {
  char out[160];
  std::snprintf(out, sizeof out, format, values...);
  return out;
}

// The average Step.
plan::StepShape shape_of(const engine::Engine& engine, const engine::StepTimes& times) {
  const uint64_t steps = std::max<uint64_t>(times.steps, 1);
  return {.rows = uint32_t(std::max<uint64_t>(times.rows / steps, 1)),
          .depth = uint32_t(times.depth / steps),
          .kv = engine.needs().request.kv};
}

// What a device takes of a token, on average.
struct OfToken {
  double bytes = 0, busy_ms = 0, all_ms = 0;
  double GBps() const { return busy_ms > 0 ? bytes / busy_ms / 1e6 : 0; }
};

// How much of what the device can read; what was guessed of it is no measure to boast of.
std::string share_text(double GBps, const plan::DeviceProfile& device) {
  return formatted("(%.2f of %.1f%s)", GBps / device.read_GBps, device.read_GBps,
                   device.basis == plan::Basis::measured ? "" : " guessed");
}

std::string line(const std::string& name, uint64_t held, const OfToken& token,
                 const plan::DeviceProfile& device, double weights) {
  return printable(name) + ": " + bytes_text(held) + " held, " + bytes_text(uint64_t(token.bytes)) +
         " read per token, " + formatted("%.1f GB/s ", token.GBps()) + share_text(token.GBps(), device) +
         formatted(", busy %.3g ms of %.3g ms a token, %.0f %% of the weights\n", token.busy_ms,
                   token.all_ms, 100 * weights);
}

}  // namespace

void print_devices(const gguf::File& file, const engine::Engine& engine, const Placed& placed) {
  const auto& times = engine.decode_times().steps ? engine.decode_times() : engine.prompt_times();
  const auto work = plan::step_work(file, engine.blueprint(), shape_of(engine, times),
                                    placed.load.placement, engine.devices());
  const double steps = double(times.steps), rows = double(std::max<uint64_t>(times.rows, 1));
  const double all = double(std::max<uint64_t>(engine.needs().all.weight_bytes, 1));
  for (uint32_t d = 0; d < engine.devices(); ++d) {
    const auto& [run_ns, waited_ns] = times.devices[d];
    const OfToken token{.bytes = steps * work[d].bytes() / rows,
                        .busy_ms = double(run_ns - waited_ns) / rows / 1e6,
                        .all_ms = double(times.ns) / rows / 1e6};
    const ops::Held held = engine.held(d);
    const double weights = double(engine.needs().devices[d].weight_bytes) / all;
    std::fputs(
        line(placed.names[d], held.own + held.mapped, token, placed.machine.devices[d], weights).c_str(),
        stderr);
  }
}

}  // namespace straddle::cli
