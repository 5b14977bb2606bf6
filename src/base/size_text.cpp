#include "base/size_text.h"

namespace straddle {
namespace {

constexpr uint64_t kMost = 9'999;  // of a unit; more is told in the next one

uint64_t rounded(uint64_t bytes, uint64_t unit, bool up) {
  return bytes / unit + (up && bytes % unit > 0 ? 1 : 0);
}

std::string size_text(uint64_t bytes, bool up) {
  const uint64_t kilobytes = rounded(bytes, 1'000, up), megabytes = rounded(bytes, 1'000'000, up);
  if (kilobytes <= kMost) return std::to_string(kilobytes) + " KB";
  if (megabytes <= kMost) return std::to_string(megabytes) + " MB";
  const uint64_t tenths = rounded(bytes, 100'000'000, up);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

}  // namespace

std::string size_needed(uint64_t bytes) { return size_text(bytes, true); }
std::string size_free(uint64_t bytes) { return size_text(bytes, false); }

}  // namespace straddle
