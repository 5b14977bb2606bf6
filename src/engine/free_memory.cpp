#include <algorithm>
#include <cstdio>
#include <cstring>

#include "engine/engine.h"

namespace straddle::engine {
namespace {

// The first number of a file, optionally behind a label; none where there is no such file or number.
uint64_t read_number(const char* path, const char* label, uint64_t otherwise) {
  FILE* file = std::fopen(path, "r");
  if (!file) return otherwise;
  char line[256];
  unsigned long long value = 0;
  bool found = false;
  while (!found && std::fgets(line, sizeof line, file)) {
    const size_t n = std::strlen(label);
    found = std::strncmp(line, label, n) == 0 && std::sscanf(line + n, "%llu", &value) == 1;
  }
  std::fclose(file);
  return found ? value : otherwise;
}

}  // namespace

uint64_t free_memory() {
  constexpr uint64_t unlimited = ~uint64_t(0);
  const uint64_t kib = read_number("/proc/meminfo", "MemAvailable:", unlimited >> 10);
  const uint64_t limit = read_number("/sys/fs/cgroup/memory.max", "", unlimited);
  const uint64_t used = read_number("/sys/fs/cgroup/memory.current", "", 0);
  const uint64_t cached = read_number("/sys/fs/cgroup/memory.stat", "inactive_file ", 0);
  const uint64_t in_group =
      limit == unlimited ? unlimited : limit - std::min(limit, used - std::min(used, cached));
  return std::min(kib << 10, in_group);
}

}  // namespace straddle::engine
