#include "base/nearest.h"

#include <algorithm>
#include <vector>

namespace straddle {
namespace {

constexpr size_t kLongest = 40;        // characters of a word that are looked at
constexpr size_t kLeastBeginning = 3;  // characters; fewer begin too many names

// Letters to insert, delete, change or swap with their neighbour (optimal string alignment).
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<size_t> nearest(std::string_view word, std::span<const std::string> names) {
  word = word.substr(0, kLongest);
  std::optional<size_t> found;
  size_t least = std::max<size_t>(word.size() / 3, 1) + 1;
  for (size_t i = 0; i < names.size(); ++i) {
    const bool begins = word.size() >= kLeastBeginning && names[i].starts_with(word);
    const size_t far = begins ? 1 : distance(word, names[i]);
    if (far >= least) continue;
    least = far;
    found = i;
  }
  return found;
}

}  // namespace straddle
