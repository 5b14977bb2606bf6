// Changes of one stage, or of two where there are few, that what was found can still gain from.
#pragma once
#include "plan/cost.h"

namespace straddle::plan {

// counts: a plan that fits; what is returned fits too, and is as fast or faster. best: it is the best
// one so far, and worth more: all places of stages where they are few, pairs where there are many.
Counts improved(const Problem& problem, Counts counts, bool best);

}  // namespace straddle::plan
