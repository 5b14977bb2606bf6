// The last resort where nothing that was tried fits.
#pragma once
#include <optional>

#include "plan/cost.h"

namespace straddle::plan {

// The fastest place of few stages that fits, of all places, or of the first 20,000 that were looked at.
std::optional<Counts> pack(const Problem& problem, const Counts& pinned);

}  // namespace straddle::plan
