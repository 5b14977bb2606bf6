// Changes of one stage, or of two where there are few, that what was found can still gain from.
#pragma once
#include "plan/cost.h"

namespace straddle::plan {

// counts: a plan that fits; what is returned fits too, and is as fast or faster. all: where stages are
// few, all of their places are tried first.
Counts improved(const Problem& problem, Counts counts, bool all);

}  // namespace straddle::plan
