#include "cli/plan_check.h"

#include <algorithm>
#include <cmath>

#include "base/measured.h"
#include "cli/corrections.h"
#include "cli/output.h"
#include "cli/plan_input.h"

namespace straddle::cli {
namespace {

constexpr double kHeld = 0.1;  // a yardstick that moved by more is another machine
constexpr uint64_t kLeastTokens = 64;

double read_GBps(const plan::MachineProfile& machine) {
  double out = 0;
  for (const plan::DeviceProfile& device : machine.devices) out += device.read_GBps;
  return out;
}

const BenchCase* one_row(const BenchReport& report) {
  const auto found = std::ranges::find_if(
      report.cases, [](const BenchCase& one) { return !one.prompt && one.rows == 1; });
  return found == report.cases.end() ? nullptr : &*found;
}

// The plan that was loaded by, for the depth of the case.
Result<PlanInput> input_of(const gguf::File& file, const Request& request,
                           const options::Options& options, const EngineNeeds& needs,
                           const Placed& placed, uint32_t depth) {
  auto asked = TRY(load_request(request, options, needs));
  auto machine = TRY(machine_here(request, options));
  machine.profile = placed.machine;  // with the memory that was free then
  if (asked.context) asked.fill = std::min(1.0, double(depth) / asked.context);
  return plan_input(file.path(), file, std::move(machine), std::move(asked));
}

Status keep(const gguf::File& file, const Request& request, const options::Options& options,
            const Placed& placed, const std::vector<plan::Correction>& corrections) {
  const Machine machine = TRY(this_machine(cpu_options(request, options), placed.load.devices));
  return keep_corrections(machine, file, corrections);
}

}  // namespace

std::vector<double> busy_ns(const BenchCase& one, const plan::MachineProfile& machine) {
  const double usual = read_GBps(machine);
  uint64_t tokens = 0;
  std::vector<Turns> held(one.busy_ns.size());
  for (size_t turn = 0; turn < one.tokens.size(); ++turn) {
    if (std::abs(one.read_GBps[turn] / usual - 1) > kHeld) continue;
    tokens += one.tokens[turn];
    for (size_t d = 0; d < held.size(); ++d) held[d].push_back(one.busy_ns[d][turn]);
  }
  std::vector<double> out;
  if (tokens < kLeastTokens) return out;
  for (const Turns& turns : held) out.push_back(median(turns));
  return out;
}

Status check_plan(const gguf::File& file, const Request& request, const options::Options& options,
                  const EngineNeeds& needs, const Placed& placed, const BenchReport& report) {
  const BenchCase* one = one_row(report);
  if (!one) return {};
  const auto busy = busy_ns(*one, placed.machine);
  if (busy.empty()) return {};
  const auto in = TRY(input_of(file, request, options, needs, placed, one->depth));
  if (!in.machine.corrections) return {};  // guessed figures are not held to anything
  const auto plan = TRY(make_plan(in));
  if (busy.size() > 1 && plan::placement(plan) != placed.load.placement) return {};
  const auto found = plan::corrections(plan, busy);
  if (found.empty()) return {};
  warn("beside the plan " + correction_words(found) + ": from now on plans of this model go by that");
  return keep(file, request, options, placed, plan::joined(in.corrections, found));
}

}  // namespace straddle::cli
