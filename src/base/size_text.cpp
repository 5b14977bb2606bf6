#include "base/size_text.h"

#include <cmath>
#include <cstdio>

namespace straddle {
namespace {

constexpr uint64_t kMost = 9'999;  // of a unit; more is told in the next one

uint64_t rounded(uint64_t bytes, uint64_t unit, bool up) {
  return bytes / unit + (up && bytes % unit > 0 ? 1 : 0);
}

std::string size_text(uint64_t bytes, bool up) {
  const uint64_t kilobytes = rounded(bytes, 1'000, up), megabytes = rounded(bytes, 1'000'000, up);
  if (kilobytes <= kMost) return std::to_string(kilobytes) + " kB";
  if (megabytes <= kMost) return std::to_string(megabytes) + " MB";
  const uint64_t tenths = rounded(bytes, 100'000'000, up);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

std::string with_decimals(double value, int decimals, const char* unit) {
  char out[64];
  std::snprintf(out, sizeof(out), "%.*f%s", value == std::floor(value) ? 0 : decimals, value, unit);
  return out;
}

}  // namespace

std::string size_needed(uint64_t bytes) { return size_text(bytes, true); }
std::string size_free(uint64_t bytes) { return size_text(bytes, false); }

std::string memory_missing(uint64_t needed, uint64_t usable) {
  return "needs " + size_needed(needed) + " of memory, " + size_free(usable) + " may be used";
}

std::string short_count(uint64_t count) {
  if (count >= 1'000'000'000) return with_decimals(double(count) / 1e9, 1, "B");
  if (count >= 1'000'000) return with_decimals(double(count) / 1e6, 2, "M");
  if (count >= 1'000) return with_decimals(std::nearbyint(double(count) / 1e3), 0, "K");
  return std::to_string(count);
}

}  // namespace straddle
