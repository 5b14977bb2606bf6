#include "base/nearest.h"

#include <algorithm>
#include <vector>

namespace straddle {
namespace {

constexpr size_t kLongest = 40;      // letters that are compared: the work stays small
constexpr size_t kShortestPart = 3;  // letters

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = corner + (a[i - 1] != b[j - 1]);
      corner = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view begin = word.substr(0, kLongest);
  std::string_view best;
  size_t least = (begin.size() + 1) / 2;
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
