#include "engine/devices.h"

#include <atomic>
#include <new>

namespace straddle::engine {
namespace {

// Nothing may be thrown on a thread of a team; the texts are short enough to need no memory.
Status run_one(ops::Device& device, uint32_t program, const ops::Step& step) {
  try {
    return device.run(program, step);
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::no_memory, "memory", "there is none");
  }
}

}  // namespace

Result<Devices> Devices::make(std::vector<ops::OwnDevice> devices,
                              std::span<const uint64_t> ring_floats) {
  Devices out;
  for (const uint64_t floats : ring_floats) {
    if (floats > 0) out.rings_.push_back(std::make_unique<ops::Ring>(floats));
    out.by_pair_.push_back(floats > 0 ? out.rings_.back().get() : nullptr);
  }
  if (devices.size() > 1) out.drivers_ = TRY(ThreadTeam::make(unsigned(devices.size())));
  out.ends_.resize(devices.size());
  out.devices_ = std::move(devices);
  return out;
}

Status Devices::run(uint32_t program, ops::Step step) {
  if (!drivers_) return devices_[0]->run(program, step);
  for (auto& ring : rings_) ring->reset();
  step.rings = by_pair_;
  return run_together(program, step);
}

// Who fails says so before it fails the rings: what the others then say of a device that failed comes
// later.
Status Devices::run_together(uint32_t program, const ops::Step& step) {
  std::atomic<int> first{-1};
  auto drive = [&](int device) {
    Status& end = ends_[size_t(device)];
    end = run_one(*devices_[size_t(device)], program, step);
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
