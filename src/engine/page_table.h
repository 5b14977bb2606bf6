// Which pages of a cache hold which tokens of a sequence, for all layers of one window. A page that the
// window has passed is given to tokens that come later, the oldest first; what attention sees from one
// kept place stays. So a page table names as few pages as plan::pages_of says, however long the context.
//
// Pure: no device, no keys. Allocates when it is made, never after. One thread at a time.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "ops/operands.h"

namespace straddle::engine {

// A place is a number of tokens: so many are there, and the next one is computed from what its window
// sees of them, all of it in pages.
class PageTable {
 public:
  // Of a sequence of at most `context` tokens. window: tokens that attention sees back, its own
  // included; 0: all. It may use pages first .. first+count-1 of each cache. REQUIRES: count as
  // plan::pages_of gives it.
  PageTable(uint32_t context, uint32_t window, uint32_t first, uint32_t count);

  // Page of tokens 64i .. 64i+63; ops::kNone where they have none: nothing may read that.
  std::span<const uint32_t> pages() const { return pages_; }

  // The last place that is no further than `length`. REQUIRES: the sequence has so many tokens.
  uint32_t last_place(uint32_t length) const;

  // Pages for tokens begin .. end-1, which come next, all in one Step: what its first row sees stays.
  // REQUIRES: begin is where the sequence ends; no more tokens than rows of a Step.
  void append(uint32_t begin, uint32_t end);

  // There are `length` tokens, a place: those behind it are gone, and their pages are free.
  void cut(uint32_t length);

  // From now on `length` stays a place, until another is kept or the sequence is cut before it; then
  // the place of the cut is kept. REQUIRES: the sequence ends here.
  void keep(uint32_t length) { kept_ = length; }

 private:
  uint32_t first_seen(uint32_t length) const;
  bool sees(uint32_t length, uint32_t i) const;
  uint32_t take();

  uint32_t window_, first_;
  uint32_t kept_ = 0;
  std::vector<uint32_t> pages_;
  std::vector<uint32_t> holds_;  // the way back: i of pages_ for each of its pages, kNone: free
};

}  // namespace straddle::engine
