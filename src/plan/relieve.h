// What to do where home would hold too much.
#pragma once
#include <optional>
#include <vector>

#include "plan/cost.h"

namespace straddle::plan {

// Counts that may fit: more to the devices that have room, in the order of what a byte costs, until home
// holds the rest; and, with a disk, that or what was given with the rest on the disk.
std::vector<Counts> relieved(const Problem& problem, const Counts& counts);

// Looks through all places of few stages for one that fits: the last resort.
std::optional<Counts> pack(const Problem& problem, const Counts& pinned);

}  // namespace straddle::plan
