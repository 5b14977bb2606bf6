// Gives the disk what home has no room for.
#pragma once
#include <optional>

#include "plan/cost.h"

namespace straddle::plan {

// What is read least goes first; of stages that are read alike all give the same share, so that the disk
// never idles. nullopt: home would hold too much still.
std::optional<Counts> spill(const Problem& problem, Counts counts);

}  // namespace straddle::plan
