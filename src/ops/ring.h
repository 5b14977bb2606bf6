// How values cross from one device to another: two slots of host memory, filled and emptied in turns.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "ops/timeline.h"

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
  uint64_t bytes() const { return slots_.size() * floats() * sizeof(float); }

  // The slot to fill, when it is free; empty: the ring has failed.
  std::span<float> await_free();
  void sent();  // it is filled
  // The slot that was filled first; empty: the ring has failed.
  std::span<const float> await_sent();
  void taken();  // it is read

  // That each side has waited since the ring was made; read by itself, or while no device runs.
  int64_t sender_waited_ns() const { return sender_.waited_ns; }
  int64_t receiver_waited_ns() const { return receiver_.waited_ns; }

  // From now on each side notes in its timeline (null: in none) how long it waited and copied. Before
  // any Step.
  struct Side {
    uint32_t device = 0;
    Timeline* timeline = nullptr;
  };
  void watch(const Side& sender, const Side& receiver);

  // A device will do nothing more in this Step: ends all waits, now and later.
  void fail();
  // Before a Step, while no device runs.
  void reset();

 private:
  // What one side counts, and notes where it is watched.
  struct End {
    int64_t waited_ns = 0;
    Timeline* timeline = nullptr;
    uint32_t other = 0;      // device
    int64_t copying_ns = 0;  // since when
    void waited(int64_t start_ns, int64_t end_ns);
    void copied(Moment::Kind kind);
  };
  template <class Ready>
  static bool await(std::atomic<uint32_t>& counter, End& end, Ready ready);

  static constexpr uint32_t kFailed = 1u << 31;
  std::array<std::vector<float>, 2> slots_;
  // On lines of their own; kFailed is set in both at once.
  alignas(64) std::atomic<uint32_t> sent_{0};
  End sender_;
  alignas(64) std::atomic<uint32_t> taken_{0};
  End receiver_;
};

// What a device's run returns where a ring has failed: why says the device that failed first.
inline auto another_device_failed() { return fail(ErrorKind::io, "step", "another device failed"); }

}  // namespace straddle::ops
