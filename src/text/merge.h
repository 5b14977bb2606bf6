// Byte-pair merging: the best pair of neighbours becomes one symbol, until no pair can.
//
// One algorithm for both kinds of BPE; they differ in which pairs join and which is best. A heap of
// pending joins, each checked for age when it comes up: n log n for n symbols.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "text/text.h"

namespace straddle::text {

// A token, or a number from the vocabulary's size on for what is no token.
using SymbolId = int32_t;

struct Join {
  uint32_t order;   // lower is better; the leftmost pair on ties
  SymbolId symbol;  // what the two become
};

// Places are int32: whoever fills a Merger cuts longer words (which are no words) before.
inline constexpr size_t kLongestWord = size_t{1} << 28;  // bytes

class Merger {
 public:
  void clear() { symbols_.clear(), heap_.clear(); }
  void add(SymbolId id) {
    const auto i = static_cast<int32_t>(symbols_.size());
    symbols_.push_back({id, 1, i - 1, i + 1});
  }

  // join(left, right): the Join of two neighbours, or nullopt.
  template <class JoinFn>
  void merge(JoinFn&& join) {
    if (symbols_.empty()) return;
    symbols_.back().next = kNone;
    for (size_t i = 0; i + 1 < symbols_.size(); ++i) offer(static_cast<int32_t>(i), join);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), worse);
      const PendingJoin best = heap_.back();
      heap_.pop_back();
      if (!is_current(best)) continue;
      apply(best);
      const int32_t left = best.left();
      if (at(left).prev != kNone) offer(at(left).prev, join);
      offer(left, join);
    }
  }

  template <class Emit>
  void each(Emit&& emit) const {
    if (symbols_.empty()) return;
    for (int32_t i = 0; i != kNone; i = at(i).next) emit(at(i).id);
  }

 private:
  static constexpr int32_t kNone = -1;

  struct Symbol {
    SymbolId id;
    uint32_t length;  // first symbols in it; 0 once merged into its left neighbour
    int32_t prev, next;
  };
  struct PendingJoin {
    uint64_t key;  // order, then place of the left symbol
    SymbolId symbol;
    uint32_t length;  // of both together, when offered: a pair of another length is not the same
    int32_t left() const { return static_cast<int32_t>(key & 0xFFFFFFFF); }
  };

  static bool worse(const PendingJoin& a, const PendingJoin& b) { return a.key > b.key; }

  Symbol& at(int32_t i) { return symbols_[static_cast<size_t>(i)]; }
  const Symbol& at(int32_t i) const { return symbols_[static_cast<size_t>(i)]; }

  template <class JoinFn>
  void offer(int32_t left, JoinFn&& join) {
    const int32_t right = at(left).next;
    if (right == kNone) return;
    const std::optional<Join> joined = join(at(left).id, at(right).id);
    if (!joined) return;
    heap_.push_back({uint64_t{joined->order} << 32 | static_cast<uint32_t>(left), joined->symbol,
                     at(left).length + at(right).length});
    std::push_heap(heap_.begin(), heap_.end(), worse);
  }

  bool is_current(const PendingJoin& join) const {
    const Symbol& left = at(join.left());
    return left.length > 0 && left.next != kNone && left.length + at(left.next).length == join.length;
  }

  void apply(const PendingJoin& best) {
    Symbol& left = at(best.left());
    Symbol& right = at(left.next);
    left.id = best.symbol;
    left.length = best.length;
    left.next = right.next;
    right.length = 0;
    if (left.next != kNone) at(left.next).prev = best.left();
  }

  std::vector<Symbol> symbols_;
  std::vector<PendingJoin> heap_;
};

}  // namespace straddle::text
