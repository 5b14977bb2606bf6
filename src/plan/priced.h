// All stages placed at once, where memory has a price.
#pragma once
#include <vector>

#include "plan/cost.h"

namespace straddle::plan {

// Plans in which `devices` are about full: the fastest for a price of each of their bytes (and of
// home's, where home has too few) that lets them fit. What pins have placed stays. They may ask too much
// of home.
std::vector<Counts> priced(const Problem& problem, const Counts& pinned,
                           const std::vector<uint32_t>& devices);

}  // namespace straddle::plan
