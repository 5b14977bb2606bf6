// The merges of a byte-level vocabulary: which pairs of symbols join, in which order, into what.
#pragma once
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "text/keyed_hash.h"
#include "text/merge.h"

namespace straddle::text {

// Open addressing, at most half full; made once, never changed after. Whatever the pairs are, few stand
// in each other's way: the places are hashed by a key of the table's own.
class PairTable {
 public:
  explicit PairTable(size_t pairs) : slots_(std::bit_ceil(pairs * 2 + 2)), key_(HashKey::random()) {}

  // Of pairs that are given twice the first counts. No more pairs than announced.
  void add(SymbolId left, SymbolId right, Join join) {
    Slot& slot = slots_[place(left, right)];
    if (slot.left == kEmpty) slot = {left, right, join};
  }

  std::optional<Join> find(SymbolId left, SymbolId right) const {
    const Slot& slot = slots_[place(left, right)];
    if (slot.left == kEmpty) return std::nullopt;
    return slot.join;
  }

  // Slots that a find looks at, at most.
  size_t longest_search() const {
    return longest_row(slots_.size(), [this](size_t i) { return slots_[i].left == kEmpty; });
  }

 private:
  static constexpr SymbolId kEmpty = -1;
  struct Slot {
    SymbolId left = kEmpty, right = kEmpty;
    Join join = {0, 0};
  };

  // Where the pair stands, or the free slot where it would.
  size_t place(SymbolId left, SymbolId right) const {
    const uint64_t pair = uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
    size_t at = keyed_hash(key_, pair) & (slots_.size() - 1);
    while (slots_[at].left != kEmpty && (slots_[at].left != left || slots_[at].right != right)) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return at;
  }

  std::vector<Slot> slots_;
  HashKey key_;
};

}  // namespace straddle::text
