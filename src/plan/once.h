// A plan of a model that is prepared already: nearest_request and best_changes try many.
#pragma once
#include "plan/stages.h"

namespace straddle::plan {

Result<Plan> plan_once(const Model& model, const MachineProfile& profile, const Request& request);

}  // namespace straddle::plan
