// A marker in a stream may arrive in pieces: what may be its beginning is held back.
// Pure.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace straddle {

// Length of the longest end of `text` that begins `marker` and is not all of it.
inline size_t partial_match(std::string_view text, std::string_view marker) {
  if (marker.empty()) return 0;
  for (size_t n = std::min(text.size(), marker.size() - 1); n > 0; --n) {
    if (text.ends_with(marker.substr(0, n))) return n;
  }
  return 0;
}

}  // namespace straddle
