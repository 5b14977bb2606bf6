// Which thread does what of a Step. A Step is phases, one after the other; a phase is tasks that any
// thread may take. What a thread waits for is work, not threads: one that another program has put
// to sleep holds up at most the task that it is in, and the others do the rest.
#pragma once
#include <atomic>
#include <memory>

namespace straddle::device::cpu {

class Phases {
 public:
  Phases() = default;
  Phases(size_t phases, int tasks) : counts_(new Counts[phases]), phases_(phases), tasks_(tasks) {}

  int tasks() const { return tasks_; }

  // Before a Step, on one thread, while no other is in a phase: nothing is taken or done. Waking the
  // team orders these stores before all that follows, so they may be relaxed.
  void start() {
    for (size_t p = 0; p < phases_; ++p) {
      counts_[p].taken.store(0, std::memory_order_relaxed);
      counts_[p].done.store(0, std::memory_order_relaxed);
    }
  }
  // Calls work(task) for tasks of the phase until none is left; each goes to one thread.
  template <class F>
  void take_tasks(size_t phase, F work) {
    Counts& c = counts_[phase];
    for (int task = c.taken.fetch_add(1); task < tasks_; task = c.taken.fetch_add(1)) {
      work(task);
      finish(c);
    }
  }
  // Returns when all tasks of the phase are done.
  void await(size_t phase) { await(counts_[phase]); }

 private:
  // A cache line of its own per phase: taking tasks of one disturbs nobody who watches another.
  struct alignas(64) Counts {
    std::atomic<int> taken{0}, done{0}, sleepers{0};
  };
  void finish(Counts& c);
  void await(Counts& c);

  std::unique_ptr<Counts[]> counts_;
  size_t phases_ = 0;
  int tasks_ = 1;
};

}  // namespace straddle::device::cpu
