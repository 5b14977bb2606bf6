#include "ops/ring.h"

#include <thread>

#include "base/threads.h"

namespace straddle::ops {
// A wait for another device is mostly shorter than a sleep, so it goes on looking for about a
// millisecond, giving way to other threads, before it sleeps. False: failed. What is there already took
// no time.
template <class Ready>
bool Ring::await(std::atomic<uint32_t>& counter, End& end, Ready ready) {
  constexpr int kYields = 2000;
  uint32_t now = 0;
  const auto over = [&] {
    now = counter.load(std::memory_order_acquire);
    return (now & kFailed) != 0 || ready(now);
  };
  if (!over()) {
    const int64_t start = clock_ns();
    bool done = spin_until(over);
    for (int i = 0; i < kYields && !done; ++i) {
      std::this_thread::yield();
      done = over();
    }
    while (!done) {
      counter.wait(now, std::memory_order_acquire);
      done = over();
    }
    end.waited(start, clock_ns());
  }
  if (end.timeline) end.copying_ns = clock_ns();
  return (now & kFailed) == 0;
}

void Ring::End::waited(int64_t start_ns, int64_t end_ns) {
  waited_ns += end_ns - start_ns;
  if (timeline) timeline->add(Moment::Kind::wait, other, start_ns, end_ns);
}

void Ring::End::copied(Moment::Kind kind) {
  if (timeline) timeline->add(kind, other, copying_ns, clock_ns());
}

void Ring::watch(const Side& sender, const Side& receiver) {
  sender_.timeline = sender.timeline;
  sender_.other = receiver.device;
  receiver_.timeline = receiver.timeline;
  receiver_.other = sender.device;
}

// Each side reads its own counter without order: only it writes there.
std::span<float> Ring::await_free() {
  const uint32_t sent = sent_.load(std::memory_order_relaxed) & ~kFailed;
  const auto free = [sent](uint32_t taken) { return sent - (taken & ~kFailed) < 2; };
  if (!await(taken_, sender_, free)) return {};
  return slots_[sent % 2];
}

void Ring::sent() {
  sender_.copied(Moment::Kind::send);
  sent_.fetch_add(1, std::memory_order_release);
  sent_.notify_one();
}

std::span<const float> Ring::await_sent() {
  const uint32_t taken = taken_.load(std::memory_order_relaxed) & ~kFailed;
  const auto filled = [taken](uint32_t sent) { return (sent & ~kFailed) != taken; };
  if (!await(sent_, receiver_, filled)) return {};
  return slots_[taken % 2];
}

void Ring::taken() {
  receiver_.copied(Moment::Kind::receive);
  taken_.fetch_add(1, std::memory_order_release);
  taken_.notify_one();
}

void Ring::fail() {
  for (auto* counter : {&sent_, &taken_}) {
    counter->fetch_or(kFailed, std::memory_order_release);
    counter->notify_all();
  }
}

void Ring::reset() {
  sent_.store(0, std::memory_order_relaxed);
  taken_.store(0, std::memory_order_relaxed);
}

}  // namespace straddle::ops
