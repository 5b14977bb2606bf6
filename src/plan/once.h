// One plan, without a look for what would fit instead: what nearest_request and best_changes try.
#pragma once
#include "plan/stages.h"

namespace straddle::plan {

Result<Plan> plan_once(const Model& model, const MachineProfile& profile, const Request& request);

// "a context of 2048", "2 sequences": what a request changed by nearest_request asks for, in words.
std::string in_words(const Nearest& nearest);

std::optional<Nearest> nearest_for(const Model& model, const MachineProfile& profile,
                                   const Request& request);

}  // namespace straddle::plan
