// The answer in a user's terms, from where the search has put each stage.
#pragma once
#include "plan/search.h"
#include "plan/stages.h"

namespace straddle::plan {

// Without speeds at other fills, the bound, and why memory is unused.
Plan report(const Model& model, const MachineProfile& machine, const Request& request,
            const Problem& problem, const Counts& counts);

// Why bytes of a device are unused, in one line.
std::string why_unused(const Problem& problem, const Counts& counts, const Plan& plan, uint32_t device);

}  // namespace straddle::plan
