// Finds where each stage should be. docs/planner.md tells the way.
#pragma once
#include <optional>

#include "plan/cost.h"

namespace straddle::plan {

struct Found {
  Counts counts;
  int64_t bound_ns = 0;  // no plan of these families is faster
};

// The best place of each stage, given what pins have placed. nullopt: nothing fits.
std::optional<Found> search(const Problem& problem, const Counts& pinned);

}  // namespace straddle::plan
