// What measurements share.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace straddle {

inline double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline int64_t nanoseconds_since(std::chrono::steady_clock::time_point start) {
  const auto passed = std::chrono::steady_clock::now() - start;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count();
}

// The upper one of the two in the middle; 0 of none.
double median(std::vector<double> values);
// That a quarter of the values reach: what others disturb only ever falls. 0 of none.
double upper_quartile(std::vector<double> values);
// Largest less smallest, as a share of the median; 0 of none.
double spread(const std::vector<double>& values);

}  // namespace straddle
