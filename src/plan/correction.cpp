#include "plan/correction.h"

#include <algorithm>
#include <cmath>

#include "plan/plan.h"

namespace straddle::plan {
namespace {

constexpr double kClose = 0.1;
// What differs by more has another cause than a rate, and would not be mended by one.
constexpr double kMost = 10;

}  // namespace

std::vector<Correction> corrections(const Plan& planned, std::span<const double> busy_ns) {
  std::vector<Correction> out;
  for (size_t d = 0; d < busy_ns.size(); ++d) {
    const plan::DeviceUse& use = planned.devices[d];
    if (use.busy_ns <= 0 || busy_ns[d] <= 0) continue;
    const double time = busy_ns[d] / double(use.busy_ns);
    if (std::abs(time - 1) > kClose && time < kMost && time > 1 / kMost) out.push_back({use.name, time});
  }
  return out;
}

MachineProfile corrected(MachineProfile profile, std::span<const Correction> corrections) {
  for (const Correction& correction : corrections) {
    const auto device = std::ranges::find(profile.devices, correction.device, &DeviceProfile::name);
    if (device == profile.devices.end()) continue;
    for (FormatRate& rate : device->rates)
      for (double& GBps : rate.GBps) GBps /= correction.time;
    device->kv_f16_GBps /= correction.time;
    device->kv_q8_0_GBps /= correction.time;
    device->op_us *= correction.time;
  }
  return profile;
}

std::vector<Correction> joined(std::vector<Correction> first, std::span<const Correction> second) {
  for (const Correction& correction : second) {
    const auto same = std::ranges::find(first, correction.device, &Correction::device);
    if (same == first.end())
      first.push_back(correction);
    else
      same->time *= correction.time;
  }
  return first;
}

}  // namespace straddle::plan
