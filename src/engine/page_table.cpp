#include "engine/page_table.h"

#include <algorithm>
#include <cassert>

namespace straddle::engine {
namespace {

using ops::kNone;
using ops::kPageTokens;

uint32_t pages_to_hold(uint32_t tokens) { return tokens / kPageTokens + (tokens % kPageTokens > 0); }

}  // namespace

PageTable::PageTable(uint32_t context, uint32_t window, uint32_t first, uint32_t count)
    : window_(window), first_(first), pages_(pages_to_hold(context), kNone), holds_(count, kNone) {}

// The token that comes behind `length` others sees them from here on.
uint32_t PageTable::first_seen(uint32_t length) const {
  return window_ > 0 && length >= window_ ? length - window_ + 1 : 0;
}

// Whether it sees any of the tokens that pages_[i] is for.
bool PageTable::sees(uint32_t length, uint32_t i) const {
  return i >= first_seen(length) / kPageTokens && i < pages_to_hold(length);
}

uint32_t PageTable::last_place(uint32_t length) const {
  uint32_t i = first_seen(length) / kPageTokens;
  while (i < pages_to_hold(length)) {
    if (pages_[i] != kNone) {
      ++i;
    } else {  // every place behind these tokens that is not too far sees them
      length = i * kPageTokens;
      i = first_seen(length) / kPageTokens;
    }
  }
  return length;
}

// A free page, else the oldest that is not seen from the kept place. No row of the Step sees it: a table
// has pages for one window and for another with the rows of a Step, and those are not all in use.
uint32_t PageTable::take() {
  uint32_t best = kNone;
  for (uint32_t p = 0; p < holds_.size(); ++p) {
    const uint32_t i = holds_[p];
    if (i == kNone) return p;
    if (!sees(kept_, i) && (best == kNone || i < holds_[best])) best = p;
  }
  assert(best != kNone);
  pages_[holds_[best]] = kNone;
  return best;
}

void PageTable::append(uint32_t begin, uint32_t end) {
  for (uint32_t i = begin / kPageTokens; i < pages_to_hold(end); ++i) {
    if (pages_[i] != kNone) continue;
    const uint32_t p = take();
    holds_[p] = i;
    pages_[i] = first_ + p;
  }
}

void PageTable::cut(uint32_t length) {
  for (uint32_t& i : holds_) {
    if (i == kNone || i < pages_to_hold(length)) continue;
    pages_[i] = kNone;
    i = kNone;
  }
  kept_ = std::min(kept_, length);
}

}  // namespace straddle::engine
