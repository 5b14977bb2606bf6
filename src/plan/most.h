// Fills a device with what a pin gives it as much of as there is room for.
#pragma once
#include "plan/problem.h"

namespace straddle::plan {

// Moves `stages` from home to the device, whole while they fit, last ones first, then those that may be
// cut in part; or, where that fills the device more, the largest that may not be cut before all. A stage
// goes with those that read its cache. What stays at home stays there: all are fixed.
void place_most(std::span<const uint32_t> stages, uint32_t device, Problem& problem, Counts& counts);

}  // namespace straddle::plan
