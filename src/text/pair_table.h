// The merges of a byte-level vocabulary: which pairs of symbols join, in which order, into what.
#pragma once
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "text/merge.h"

namespace straddle::text {

// Open addressing, at most half full; made once, never changed after.
class PairTable {
 public:
  explicit PairTable(size_t pairs) : slots_(std::bit_ceil(pairs * 2 + 2)) {}

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

 private:
  static constexpr SymbolId kEmpty = -1;
  struct Slot {
    SymbolId left = kEmpty, right = kEmpty;
    Join join = {0, 0};
  };

  static uint64_t mix(uint64_t x) {  // finalizer of splitmix64
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
  }

  // Where the pair stands, or the free slot where it would.
  size_t place(SymbolId left, SymbolId right) const {
    const uint64_t key = uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
    size_t at = mix(key) & (slots_.size() - 1);
    while (slots_[at].left != kEmpty && (slots_[at].left != left || slots_[at].right != right)) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return at;
  }

  std::vector<Slot> slots_;
};

}  // namespace straddle::text
