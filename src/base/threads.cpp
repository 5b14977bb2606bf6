#include "base/threads.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <system_error>

#include "base/limits.h"

namespace straddle {

unsigned usable_cores() {
  cpu_set_t set;
  unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  if (sched_getaffinity(0, sizeof set, &set) == 0) cores = unsigned(std::max(1, CPU_COUNT(&set)));
  const double given = read_limits().cores;
  if (given < cores) cores = unsigned(std::max(1.0, given + 0.5));
  return cores;
}

std::vector<int> allowed_cores() {
  cpu_set_t set;
  std::vector<int> out;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return out;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) out.push_back(core);
  return out;
}

void keep_to_cores(std::span<const int> cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

void Barrier::wait() {
  if (threads_ == 1) return;
  const int epoch = epoch_.load();
  if (arrived_.fetch_add(1) + 1 == threads_) {
    arrived_.store(0);
    epoch_.store(epoch + 1);
    // A sleeper counts itself before it looks at the epoch again, so none is missed.
    if (sleepers_.load() > 0) epoch_.notify_all();
    return;
  }
  if (spin_until([&] { return epoch_.load(std::memory_order_acquire) != epoch; })) return;
  sleepers_.fetch_add(1);
  while (epoch_.load() == epoch) epoch_.wait(epoch);
  sleepers_.fetch_sub(1);
}

Result<std::unique_ptr<ThreadTeam>> ThreadTeam::make(unsigned threads, Workers workers) {
  std::unique_ptr<ThreadTeam> team(new ThreadTeam(int(threads), std::move(workers)));
  team->workers_.reserve(threads - 1);
  try {
    for (unsigned t = 1; t < threads; ++t) {
      team->workers_.emplace_back([self = team.get(), t] { self->serve(int(t)); });
    }
  } catch (const std::system_error&) {  // mostly for want of memory for a stack
    const std::string got = std::to_string(team->workers_.size() + 1);
    return fail(ErrorKind::no_memory, "threads",
                "the system gave " + got + " of " + std::to_string(threads), "ask for " + got);
  }
  team->gathered(1);
  return team;
}

void ThreadTeam::gathered(int start) {
  start_.store(start);
  start_.notify_all();
}

ThreadTeam::~ThreadTeam() {
  if (start_.load() != 1) {  // never complete: those who wait go home
    gathered(-1);
    return;
  }
  function_ = nullptr;
  barrier_.wait();
}

void ThreadTeam::work(void* self, Function function) {
  self_ = self;
  function_ = function;
  barrier_.wait();
  function(self, 0);
  barrier_.wait();
}

// On the worker itself, before its first work.
void ThreadTeam::settle(size_t thread) const {
  constexpr size_t kMostBytes = 15;
  if (thread < how_.cores.size()) keep_to_cores({&how_.cores[thread], 1});
  if (thread < how_.names.size())
    pthread_setname_np(pthread_self(), how_.names[thread].substr(0, kMostBytes).c_str());
}

void ThreadTeam::serve(int thread) {
  start_.wait(0);
  if (start_.load() != 1) return;
  settle(size_t(thread));
  for (;;) {
    barrier_.wait();
    if (!function_) return;
    function_(self_, thread);
    barrier_.wait();
  }
}

}  // namespace straddle
