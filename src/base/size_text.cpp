#include "base/size_text.h"

namespace straddle {
namespace {

// All that is larger is told in tenths of a GB.
constexpr uint64_t kMostMegabytes = 10'000;

std::string tenths_of_gb(uint64_t count) {
  return std::to_string(count / 10) + "." + std::to_string(count % 10) + " GB";
}

}  // namespace

std::string size_needed(uint64_t bytes) {
  const auto up = [&](uint64_t unit) { return bytes / unit + (bytes % unit > 0 ? 1 : 0); };
  const uint64_t megabytes = up(1'000'000);
  return megabytes < kMostMegabytes ? std::to_string(megabytes) + " MB" : tenths_of_gb(up(100'000'000));
}

std::string size_free(uint64_t bytes) {
  const uint64_t megabytes = bytes / 1'000'000;
  return megabytes < kMostMegabytes ? std::to_string(megabytes) + " MB"
                                    : tenths_of_gb(bytes / 100'000'000);
}

}  // namespace straddle
