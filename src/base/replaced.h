// A text with one part of it exchanged wherever it stands.
#pragma once
#include <string>
#include <string_view>

namespace straddle {

// what: not empty. Any thread.
inline std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (size_t at = 0;;) {
    const size_t found = text.find(what, at);
    out.append(text.substr(at, found - at));
    if (found == text.npos) return out;
    out.append(by);
    at = found + what.size();
  }
}

}  // namespace straddle
