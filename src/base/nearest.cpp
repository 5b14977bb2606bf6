#include "base/nearest.h"

#include <algorithm>

#include "base/edit_distance.h"

namespace straddle {
namespace {

constexpr size_t kLongest = 40;      // letters that are compared: the work stays small
constexpr size_t kShortestPart = 3;  // letters

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view begin = word.substr(0, kLongest);
  std::string_view best;
  size_t least = begin.size() < kShortestPart ? 0 : 2 * begin.size() / 5 + 1;
  for (const std::string_view other : known) {
    const size_t distance = edit_distance(begin, other.substr(0, kLongest));
    if (distance < least) best = other, least = distance;
  }
  if (!best.empty() || word.size() < kShortestPart) return best;
  const auto holds = [&](std::string_view other) { return other.find(word) != other.npos; };
  const auto found = std::find_if(known.begin(), known.end(), holds);
  return found == known.end() ? std::string_view() : *found;
}

}  // namespace straddle
