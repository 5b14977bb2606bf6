// Unsigned arithmetic that says when it wraps. Sizes from files pass through here before use. Pure.
#pragma once
#include <cstdint>
#include <optional>

namespace straddle {

inline std::optional<uint64_t> checked_add(uint64_t a, uint64_t b) {
  uint64_t out;
  if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
  return out;
}

inline std::optional<uint64_t> checked_mul(uint64_t a, uint64_t b) {
  uint64_t out;
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

// a rounded up to a multiple of unit (unit > 0).
inline std::optional<uint64_t> checked_round_up(uint64_t a, uint64_t unit) {
  const uint64_t rest = a % unit;
  return rest ? checked_add(a, unit - rest) : a;
}

}  // namespace straddle
