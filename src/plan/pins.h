// Where the user wants parts to be, as a beginning for the search.
#pragma once
#include "plan/stages.h"

namespace straddle::plan {

// Steps of all stages, those of -ngl and of pins in their places and fixed. Stages that a pin cuts off
// the borders are counted anew. usage: what matches nothing, contradicts, or names no device.
Result<Counts> place_pins(const Model& model, const MachineProfile& profile, const Request& request,
                          double fill, Problem& problem);

}  // namespace straddle::plan
