// `plan --json` and `why --json`: one object, always in the same order. docs/planning.md has the keys.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "cli/plan_input.h"

namespace straddle::cli {

std::string plan_json(const PlanInput& input, const PlanResult& result);

// {"cpu": 1.21}: by device, how much longer it takes than the profile says.
nlohmann::ordered_json corrections_json(const std::vector<plan::Correction>& corrections);

// [{"what", "tokens_per_s"}]
nlohmann::ordered_json changes_json(const std::vector<plan::Change>& changes);

// {"fits": false, "error", "nearest"}: null where nothing fits.
std::string misfit_json(const Error& error, const std::optional<plan::Nearest>& nearest);

}  // namespace straddle::cli
