// How values cross from one device to another: two slots of host memory, filled and emptied in turns.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace straddle::ops {

// One device sends, one receives, each by one thread at a time; a third thread may fail the ring. A
// sender is at most two values ahead: where each receive stands in its Program before the sender's
// second next send, nothing waits for ever. Waits spin first: what is waited for is mostly near. After
// construction nothing is allocated.
//
// REQUIRES: floats > 0.
class Ring {
 public:
  explicit Ring(uint64_t floats) : slots_{std::vector<float>(floats), std::vector<float>(floats)} {}
  uint64_t floats() const { return slots_[0].size(); }  // of a slot

  // The slot to fill, when it is free; empty: the ring has failed.
  std::span<float> await_free();
  void sent();  // it is filled
  // The slot that was filled first; empty: the ring has failed.
  std::span<const float> await_sent();
  void taken();  // it is read

  // That each side has waited since the ring was made; read by itself, or while no device runs.
  int64_t sender_waited_ns() const { return sender_waited_ns_; }
  int64_t receiver_waited_ns() const { return receiver_waited_ns_; }

  // A device will do nothing more in this Step: ends all waits, now and later.
  void fail();
  // Before a Step, while no device runs.
  void reset();

 private:
  static constexpr uint32_t kFailed = 1u << 31;
  std::array<std::vector<float>, 2> slots_;
  // On lines of their own; kFailed is set in both at once.
  alignas(64) std::atomic<uint32_t> sent_{0};
  int64_t sender_waited_ns_ = 0;
  alignas(64) std::atomic<uint32_t> taken_{0};
  int64_t receiver_waited_ns_ = 0;
};

// What a device's run returns where a ring has failed: why says the device that failed first.
inline auto another_device_failed() { return fail(ErrorKind::io, "step", "another device failed"); }

}  // namespace straddle::ops
