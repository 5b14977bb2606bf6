// Who does which part of a Step. A Step is phases, one after the other; a phase is parts that any
// thread may take. What a thread waits for is work, not threads: one that another program has put
// to sleep holds up at most the part that it is in, and the others do the rest.
#pragma once
#include <atomic>
#include <memory>

namespace straddle::device::cpu {

class Phases {
 public:
  Phases() = default;
  Phases(size_t phases, int parts) : states_(new State[phases]), phases_(phases), parts_(parts) {}

  int parts() const { return parts_; }

  // Before a run: nothing is taken or done.
  void start() {
    for (size_t p = 0; p < phases_; ++p) {
      states_[p].taken.store(0, std::memory_order_relaxed);
      states_[p].done.store(0, std::memory_order_relaxed);
    }
  }
  // Calls work(part) for parts of the phase until none is left; each part goes to one thread.
  template <class F>
  void take_part(size_t phase, F work) {
    State& s = states_[phase];
    for (int part = s.taken.fetch_add(1); part < parts_; part = s.taken.fetch_add(1)) {
      work(part);
      finish(s);
    }
  }
  // Returns when all parts of the phase are done.
  void await(size_t phase) { await(states_[phase]); }

 private:
  struct alignas(64) State {
    std::atomic<int> taken{0}, done{0}, sleepers{0};
  };
  void finish(State& s);
  void await(State& s);

  std::unique_ptr<State[]> states_;
  size_t phases_ = 0;
  int parts_ = 1;
};

}  // namespace straddle::device::cpu
