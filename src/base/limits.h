// What of this machine a process may still take: memory and processor time.
#pragma once
#include <cstdint>
#include <limits>
#include <string>

namespace straddle {

struct MachineLimits {
  uint64_t memory = ~uint64_t(0);        // bytes of the machine, taken or not
  uint64_t memory_limit = ~uint64_t(0);  // what control groups leave of it
  uint64_t free_memory = ~uint64_t(0);   // bytes; pages of files that can be given up count as free
  double cores = std::numeric_limits<double>::infinity();  // cores' worth of time
};

// The tightest of what the machine has and what control groups of version 1 or 2 leave: the process's
// own group and every one above it that can be seen. root: the folder in which /proc and /sys lie.
// Read anew on each call, from any thread; what cannot be read limits nothing.
MachineLimits read_limits(const std::string& root = "");

}  // namespace straddle
