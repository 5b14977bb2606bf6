// Lists of token ids in text: "1,2,3", "1 2 3", "[1, 2, 3]".
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace straddle::cli {

Result<std::vector<int32_t>> parse_ids(std::string_view text);

}  // namespace straddle::cli
