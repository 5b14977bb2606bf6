// --batch: one request a line, one answer a line.
#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.h"

namespace straddle::cli {

// Answers each line of JSON as it comes; empty ones are left out. A line that is wrong ends the work and
// is named. What is no JSON is answered as a discarded value: it is nothing of any kind.
Status each_line(const std::string& path,
                 const std::function<Result<std::string>(const nlohmann::ordered_json&)>& answer);

}  // namespace straddle::cli
