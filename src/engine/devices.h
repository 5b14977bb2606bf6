// The devices of an Engine, driven as one: docs/decisions/019.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/threads.h"
#include "engine/engine.h"
#include "ops/device.h"

namespace straddle::engine {

// Used by one thread at a time. Each device runs on a thread of its own, home on the caller's; what
// crosses between them goes through rings that are made here. After make nothing is allocated, but for
// errors.
class Devices {
 public:
  // Home first; they have recorded their Programs, of which those of one number belong together.
  // names: of each, for the thread that drives it. ring_floats: of a slot of each ring, [from][to]; 0:
  // nothing crosses there.
  static Result<Devices> make(std::vector<ops::OwnDevice> devices, std::vector<std::string> names,
                              std::span<const uint64_t> ring_floats);

  // From now on each device writes to its timeline. Before any Step.
  void watch(std::deque<DeviceTrace>& traces);

  size_t size() const { return devices_.size(); }
  const ops::Device& operator[](size_t device) const { return *devices_[device]; }
  // The rings are home's.
  ops::Held held(size_t device) const;

  // As ops::Device::run, on all of them. Where one fails the others end too, and the error is that of
  // the one that failed first.
  Status run(uint32_t program, ops::Step step);
  std::span<const float> result() const { return devices_[0]->result(); }
  const StepTimes& times(bool several_rows) const { return times_[several_rows]; }
  void clear_state(uint32_t slot);
  void copy_state(uint32_t from, uint32_t to);

 private:
  Devices() = default;
  Status run_device(size_t device, uint32_t program, const ops::Step& step, StepTimes& times);
  Status run_together(uint32_t program, const ops::Step& step, StepTimes& times);
  int64_t waited_ns(size_t device) const;

  std::vector<ops::OwnDevice> devices_;
  std::vector<std::unique_ptr<ops::Ring>> rings_;
  std::vector<ops::Ring*> by_pair_;        // null where nothing crosses
  std::vector<ops::Timeline*> timelines_;  // of devices that are watched, else null
  std::unique_ptr<ThreadTeam> drivers_;    // null: one device
  std::vector<Status> ends_;               // of the runs of this Step
  std::array<StepTimes, 2> times_;         // of Steps of one row; of several
};

}  // namespace straddle::engine
