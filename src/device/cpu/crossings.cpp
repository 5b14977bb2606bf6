// Values that cross to and from other devices. One task does it, the same for all of a Step, so that
// what a Program sends and receives goes in its order; the other tasks go on with what does not need it.
#include <cstring>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

bool is_mine(const Task& task) { return task.index == 0; }

void give_up(const Task& task) { task.machine.failed.store(true, std::memory_order_relaxed); }

}  // namespace

void perform(const Task& task, const ops::Send& op) {
  if (!is_mine(task)) return;
  ops::Ring& ring = *task.step.rings[op.ring];
  const std::span<float> slot = ring.await_free();
  if (slot.empty()) return give_up(task);
  const size_t width = op.value.width;
  for (size_t r = 0; r < task.rows(op.value.rows); ++r)
    std::memcpy(&slot[r * width], task.row(op.value, r), width * sizeof(float));
  ring.sent();
}

void perform(const Task& task, const ops::Receive& op) {
  if (!is_mine(task)) return;
  ops::Ring& ring = *task.step.rings[op.ring];
  const std::span<const float> slot = ring.await_sent();
  if (slot.empty()) return give_up(task);
  const size_t width = op.value.width;
  for (size_t r = 0; r < task.rows(op.value.rows); ++r)
    std::memcpy(task.row(op.value, r), &slot[r * width], width * sizeof(float));
  ring.taken();
}

}  // namespace straddle::device::cpu
