// Sizes of memory as people type them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::cli {

// "300MiB", "12GB", "1.5GiB", "0", "1024": bytes, or so many kB, MB, GB, TB (powers of 1000) or KiB,
// MiB, GiB, TiB (powers of 1024), in any case. usage, with `where` and what is allowed, for all else.
Result<uint64_t> parse_size(std::string_view text, const std::string& where);

}  // namespace straddle::cli
