// What holds of every prompt that a template of the fuzzer's making gives.
#pragma once
#include <chrono>
#include <cstdlib>

#include "chat/chat.h"

namespace straddle::chat {

inline void require(bool holds) {
  if (!holds) std::abort();
}

// Few steps and bytes: an input should take milliseconds.
inline constexpr Limits kLimits{200'000, 8 << 20, 300, std::chrono::milliseconds(2000)};

// What counts as said by somebody lies in order inside of the prompt.
inline void check(const Rendered& rendered) {
  require(rendered.text.size() <= kLimits.bytes);
  size_t before = 0;
  bool first = true;
  for (const auto& [begin, end] : rendered.quoted) {
    require(begin < end && end <= rendered.text.size());
    require(first || begin > before);
    before = end;
    first = false;
  }
  size_t shown = 0;
  for (const size_t bytes : rendered.shown) shown += bytes;
  require(shown <= rendered.text.size());
}

}  // namespace straddle::chat
