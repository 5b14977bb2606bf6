#include "ops/ring.h"

#include <chrono>
#include <thread>

#include "base/measured.h"
#include "base/threads.h"

namespace straddle::ops {
namespace {

// A wait for another device is mostly shorter than a sleep, so it goes on looking for about a
// millisecond, giving way to other threads, before it sleeps. False: failed. waited_ns grows by what it
// took; what is there already took nothing.
template <class Ready>
bool await(std::atomic<uint32_t>& counter, uint32_t failed, int64_t& waited_ns, Ready ready) {
  constexpr int kYields = 2000;
  uint32_t now = 0;
  const auto over = [&] {
    now = counter.load(std::memory_order_acquire);
    return (now & failed) != 0 || ready(now);
  };
  if (over()) return (now & failed) == 0;
  const auto start = std::chrono::steady_clock::now();
  bool done = spin_until(over);
  for (int i = 0; i < kYields && !done; ++i) {
    std::this_thread::yield();
    done = over();
  }
  while (!done) {
    counter.wait(now, std::memory_order_acquire);
    done = over();
  }
  waited_ns += nanoseconds_since(start);
  return (now & failed) == 0;
}

}  // namespace

// Each side reads its own counter without order: only it writes there.
std::span<float> Ring::await_free() {
  const uint32_t sent = sent_.load(std::memory_order_relaxed) & ~kFailed;
  const auto free = [sent](uint32_t taken) { return sent - (taken & ~kFailed) < 2; };
  if (!await(taken_, kFailed, sender_waited_ns_, free)) return {};
  return slots_[sent % 2];
}

void Ring::sent() {
  sent_.fetch_add(1, std::memory_order_release);
  sent_.notify_one();
}

std::span<const float> Ring::await_sent() {
  const uint32_t taken = taken_.load(std::memory_order_relaxed) & ~kFailed;
  const auto filled = [taken](uint32_t sent) { return (sent & ~kFailed) != taken; };
  if (!await(sent_, kFailed, receiver_waited_ns_, filled)) return {};
  return slots_[taken % 2];
}

void Ring::taken() {
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
