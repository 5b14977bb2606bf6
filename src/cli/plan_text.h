// `plan` and `why` for a person: tables of at most 100 columns.
#pragma once
#include <string>

#include "cli/plan_input.h"

namespace straddle::cli {

// llama.cpp's line, and which parts are shared.
std::string layers_text(const PlanInput& input, const plan::Plan& plan);

std::string plan_text(const PlanInput& input, const PlanResult& result);
std::string head_text(const PlanInput& input, const plan::Plan& plan);  // what was asked
std::string changes_text(const PlanResult& result);                     // empty where nothing helps

}  // namespace straddle::cli
