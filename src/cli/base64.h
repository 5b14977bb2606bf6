// Bytes in JSON that are no UTF-8.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::cli {

std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);

}  // namespace straddle::cli
