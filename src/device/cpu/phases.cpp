#include "device/cpu/phases.h"

#include "base/threads.h"

namespace straddle::device::cpu {

void Phases::finish(State& s) {
  // A sleeper counts itself before it looks at `done` again, so none is missed.
  if (s.done.fetch_add(1) + 1 == parts_ && s.sleepers.load() > 0) s.done.notify_all();
}

void Phases::await(State& s) {
  if (spin_until([&] { return s.done.load(std::memory_order_acquire) == parts_; })) return;
  s.sleepers.fetch_add(1);
  for (int done = s.done.load(); done != parts_; done = s.done.load()) s.done.wait(done);
  s.sleepers.fetch_sub(1);
}

}  // namespace straddle::device::cpu
