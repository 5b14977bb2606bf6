#include "device/cpu/phases.h"

#include "base/threads.h"

namespace straddle::device::cpu {

void Phases::finish(Counts& c) {
  // A sleeper counts itself before it looks at `done` again, so none is missed.
  if (c.done.fetch_add(1) + 1 == tasks_ && c.sleepers.load() > 0) c.done.notify_all();
}

// Spins for about ten microseconds, as most waits are shorter, then sleeps: where cores are shared with
// other programs, spinning would take the time from the very thread that is waited for.
void Phases::await(Counts& c) {
  if (spin_until([&] { return c.done.load(std::memory_order_acquire) == tasks_; })) return;
  c.sleepers.fetch_add(1);
  for (int done = c.done.load(); done != tasks_; done = c.done.load()) c.done.wait(done);
  c.sleepers.fetch_sub(1);
}

}  // namespace straddle::device::cpu
