// Work that the threads of a team share.
#pragma once
#include <atomic>
#include <cstdint>

#include "base/threads.h"

namespace straddle::store {

// work(i, thread) for i in 0 .. count - 1, each once, in any order, by all threads. Must not throw.
template <class Work>
void parallel_for(ThreadTeam& team, uint64_t count, const Work& work) {
  std::atomic<uint64_t> next{0};
  auto each = [&](int thread) {
    for (uint64_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(i, size_t(thread));
  };
  team.run(each);
}

}  // namespace straddle::store
