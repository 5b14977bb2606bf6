// A team of threads that works on one thing at a time, woken once for each.
#pragma once
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"

namespace straddle {

// Cores that this process may use: its affinity, less what a cgroup quota takes away. At least 1.
// From any thread.
unsigned usable_cores();

// The system's numbers of the cores that the calling thread may run on; empty where they are not known.
std::vector<int> allowed_cores();

// Keeps the calling thread on these cores; where the system refuses, it stays as it was.
void keep_to_cores(std::span<const int> cores);

// Tells the processor that this thread spins.
inline void spin_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins for about ten microseconds; true if ready() came true meanwhile.
template <class F>
bool spin_until(F ready) {
  constexpr int kSpins = 4000;
  for (int i = 0; i < kSpins; ++i) {
    if (ready()) return true;
    spin_pause();
  }
  return false;
}

// All threads of a team meet here. Waiters spin for about ten microseconds, then sleep: spinning
// alone costs 100 us where cores are shared with other programs, sleeping alone 5 us where not.
// REQUIRES: exactly `threads` threads call wait(), each as often as the others; the barrier outlives
// them.
class Barrier {
 public:
  explicit Barrier(int threads) : threads_(threads) {}
  void wait();

 private:
  const int threads_;
  // On lines of their own: arrivals do not disturb those who watch the epoch.
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> epoch_{0};
  std::atomic<int> sleepers_{0};
};

// How workers of a team differ, by their number (the caller's, 0, is of no account): worker t keeps to
// cores[t] and bears names[t], where they are there. The system cuts a name to 15 bytes.
struct Workers {
  std::vector<int> cores = {};
  std::vector<std::string> names = {};
};

// The workers are the team's own: they sleep between calls of run() and end with the team. Calls come
// from one thread at a time, none from inside of f.
class ThreadTeam {
 public:
  // threads >= 1, the caller being one of them, who goes where it likes. no_memory where the system
  // gives no more.
  static Result<std::unique_ptr<ThreadTeam>> make(unsigned threads, Workers workers = {});
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;

  int threads() const { return threads_; }

  // Calls f(thread) once on every thread, 0 being the caller; returns when all are done.
  // What f wrote is visible to the caller. f must not throw. Allocates nothing.
  template <class F>
  void run(F& f) {
    work(&f, [](void* self, int thread) { (*static_cast<F*>(self))(thread); });
  }

 private:
  using Function = void (*)(void* self, int thread);
  ThreadTeam(int threads, Workers workers)
      : threads_(threads), how_(std::move(workers)), barrier_(threads) {}
  void work(void* self, Function function);
  void settle(size_t thread) const;
  void serve(int thread);
  void gathered(int start);

  const int threads_;
  const Workers how_;
  Barrier barrier_;
  std::atomic<int> start_{0};  // 0 gathering, 1 complete, -1 called off
  void* self_ = nullptr;       // what run() calls; null function: go home
  Function function_ = nullptr;
  std::vector<std::jthread> workers_;
};

}  // namespace straddle
