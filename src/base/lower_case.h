// Names that are compared in any case.
#pragma once
#include <string>
#include <string_view>

namespace straddle {

// A to Z become small; all other bytes stay. Any thread.
inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}

}  // namespace straddle
