#include "store/byte_ranges.h"

#include <algorithm>
#include <iterator>

namespace straddle::store {

void ByteRanges::add(ByteRange range) {
  if (range.begin >= range.end) return;
  auto at = ranges_.upper_bound(range.begin);
  if (at != ranges_.begin() && std::prev(at)->second >= range.begin) --at;
  while (at != ranges_.end() && at->first <= range.end) {
    range = {std::min(range.begin, at->first), std::max(range.end, at->second)};
    at = ranges_.erase(at);
  }
  ranges_.emplace(range.begin, range.end);
}

void ByteRanges::remove(ByteRange range) {
  if (range.begin >= range.end) return;
  auto at = ranges_.upper_bound(range.begin);
  if (at != ranges_.begin() && std::prev(at)->second > range.begin) --at;
  while (at != ranges_.end() && at->first < range.end) {
    const auto [begin, end] = *at;
    at = ranges_.erase(at);
    if (begin < range.begin) ranges_.emplace(begin, range.begin);
    if (end > range.end) ranges_.emplace(range.end, end);
  }
}

uint64_t ByteRanges::total() const {
  uint64_t out = 0;
  for (const auto& [begin, end] : ranges_) out += end - begin;
  return out;
}

uint64_t ByteRanges::reach() const {
  return ranges_.empty() || ranges_.begin()->first > 0 ? 0 : ranges_.begin()->second;
}

ByteRange ByteRanges::gap(uint64_t from, uint64_t end) const {
  auto at = ranges_.upper_bound(from);
  if (at != ranges_.begin()) from = std::max(from, std::prev(at)->second);
  const uint64_t until = at == ranges_.end() ? end : std::min(end, at->first);
  return from < until ? ByteRange{from, until} : ByteRange{end, end};
}

}  // namespace straddle::store
