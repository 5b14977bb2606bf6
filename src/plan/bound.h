// What no plan can do better, whatever the search finds.
#pragma once
#include "plan/problem.h"

namespace straddle::plan {

// ns that a token takes at least to read from the disk what no memory has room for: the bytes that are
// read least, in any portions. 0: all may be in memory.
int64_t disk_bound_ns(const Problem& problem);

}  // namespace straddle::plan
