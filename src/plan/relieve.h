// What to do where home would hold too much.
#pragma once
#include <vector>

#include "plan/cost.h"

namespace straddle::plan {

// Counts that may fit: more to the devices that have room, in the order of what a byte costs, until home
// holds the rest; and, with a disk, that or what was given with the rest on the disk.
std::vector<Counts> relieved(const Problem& problem, const Counts& counts);

}  // namespace straddle::plan
