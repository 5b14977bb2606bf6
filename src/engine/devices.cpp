#include "engine/devices.h"

#include <atomic>
#include <chrono>
#include <new>

#include "base/measured.h"

namespace straddle::engine {
namespace {

using Clock = std::chrono::steady_clock;

// Nothing may be thrown on a thread of a team; the texts are short enough to need no memory.
Status run_one(ops::Device& device, uint32_t program, const ops::Step& step) {
  try {
    return device.run(program, step);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::no_memory, "memory", "there is none");
  }
}

Status run_watched(ops::Device& device, uint32_t program, ops::Step step, ops::Timeline& timeline) {
  step.timeline = &timeline;
  timeline.begin_step(uint32_t(step.tokens.size()));
  auto end = run_one(device, program, step);
  timeline.end_step();
  return end;
}

}  // namespace

Result<Devices> Devices::make(std::vector<ops::OwnDevice> devices, std::vector<std::string> names,
                              std::span<const uint64_t> ring_floats) {
  Devices out;
  for (const uint64_t floats : ring_floats) {
    if (floats > 0) out.rings_.push_back(std::make_unique<ops::Ring>(floats));
    out.by_pair_.push_back(floats > 0 ? out.rings_.back().get() : nullptr);
  }
  for (std::string& name : names) name += "-0";  // thread 0 of its device is who drives it
  if (devices.size() > 1)
    out.drivers_ =
        TRY(ThreadTeam::make(unsigned(devices.size()), {.cores = {}, .names = std::move(names)}));
  out.ends_.resize(devices.size());
  out.timelines_.resize(devices.size());
  for (StepTimes& times : out.times_) times.devices.resize(devices.size());
  out.devices_ = std::move(devices);
  return out;
}

void Devices::watch(std::deque<DeviceTrace>& traces) {
  for (size_t d = 0; d < size(); ++d) timelines_[d] = &traces[d].timeline;
  for (size_t pair = 0; pair < by_pair_.size(); ++pair) {
    const size_t from = pair / size(), to = pair % size();
    if (!by_pair_[pair]) continue;
    by_pair_[pair]->watch({uint32_t(from), timelines_[from]}, {uint32_t(to), timelines_[to]});
  }
}

Status Devices::run(uint32_t program, ops::Step step) {
  StepTimes& times = times_[step.tokens.size() > 1];
  const auto start = Clock::now();
  for (auto& ring : rings_) ring->reset();
  step.rings = by_pair_;
  auto end = drivers_ ? run_together(program, step, times) : run_device(0, program, step, times);
  ++times.steps;
  times.rows += step.tokens.size();
  times.depth += step.positions.back();
  times.ns += nanoseconds_since(start);
  return end;
}

ops::Held Devices::held(size_t device) const {
  ops::Held out = devices_[device]->held();
  if (device > 0) return out;
  for (const auto& ring : rings_) out.own += ring->bytes();
  return out;
}

// At the rings, since they were made.
int64_t Devices::waited_ns(size_t device) const {
  int64_t sum = 0;
  for (size_t other = 0; other < devices_.size() && !rings_.empty(); ++other) {
    const size_t to = device * devices_.size() + other, from = other * devices_.size() + device;
    if (by_pair_[to]) sum += by_pair_[to]->sender_waited_ns();
    if (by_pair_[from]) sum += by_pair_[from]->receiver_waited_ns();
  }
  return sum;
}

Status Devices::run_device(size_t device, uint32_t program, const ops::Step& step, StepTimes& times) {
  StepTimes::OfDevice& of = times.devices[device];
  const auto start = Clock::now();
  const int64_t before = waited_ns(device);
  ops::Timeline* timeline = timelines_[device];
  auto end = timeline ? run_watched(*devices_[device], program, step, *timeline)
                      : run_one(*devices_[device], program, step);
  of.waited_ns += waited_ns(device) - before;
  of.run_ns += nanoseconds_since(start);
  return end;
}

// Who fails says so before it fails the rings: what the others then say of a device that failed comes
// later.
Status Devices::run_together(uint32_t program, const ops::Step& step, StepTimes& times) {
  std::atomic<int> first{-1};
  auto drive = [&](int device) {
    Status& end = ends_[size_t(device)];
    end = run_device(size_t(device), program, step, times);
    if (end) return;
    int none = -1;
    first.compare_exchange_strong(none, device);
    for (auto& ring : rings_) ring->fail();
  };
  drivers_->run(drive);
  return first < 0 ? Status() : std::move(ends_[size_t(first)]);
}

void Devices::clear_state(uint32_t slot) {
  for (auto& device : devices_) device->clear_state(slot);
}

void Devices::copy_state(uint32_t from, uint32_t to) {
  for (auto& device : devices_) device->copy_state(from, to);
}

}  // namespace straddle::engine
