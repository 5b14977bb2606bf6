// The heap against the definition: look at all pairs, merge the best, begin again.
#include "text/merge.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace straddle::text {
namespace {

using Joins = std::map<std::pair<SymbolId, SymbolId>, Join>;

std::optional<Join> find(const Joins& joins, SymbolId left, SymbolId right) {
  const auto at = joins.find({left, right});
  return at == joins.end() ? std::nullopt : std::optional<Join>(at->second);
}

std::vector<SymbolId> merge_plainly(std::vector<SymbolId> symbols, const Joins& joins) {
  for (;;) {
    std::optional<Join> best;
    size_t place = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto join = find(joins, symbols[i], symbols[i + 1]);
      if (join && (!best || join->order < best->order)) best = join, place = i;
    }
    if (!best) return symbols;
    symbols[place] = best->symbol;
    symbols.erase(symbols.begin() + static_cast<long>(place) + 1);
  }
}

std::vector<SymbolId> merge_by_heap(const std::vector<SymbolId>& symbols, const Joins& joins) {
  Merger merger;
  for (const SymbolId id : symbols) merger.add(id);
  merger.merge([&](SymbolId left, SymbolId right) { return find(joins, left, right); });
  std::vector<SymbolId> out;
  merger.each([&](SymbolId id) { out.push_back(id); });
  return out;
}

TEST(Merger, DoesWhatTheDefinitionSays) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    Joins joins;
    SymbolId next = 3;
    for (int i = 0; i < 12; ++i) {
      const auto left = static_cast<SymbolId>(random() % static_cast<uint32_t>(next));
      const auto right = static_cast<SymbolId>(random() % static_cast<uint32_t>(next));
      if (joins.emplace(std::pair(left, right), Join{static_cast<uint32_t>(random() % 6), next}).second)
        ++next;
    }
    std::vector<SymbolId> symbols(random() % 24);
    for (SymbolId& id : symbols) id = static_cast<SymbolId>(random() % 3);
    EXPECT_EQ(merge_by_heap(symbols, joins), merge_plainly(symbols, joins));
  }
}

TEST(Merger, AChainOfAMillionSymbolsBecomesOne) {
  // Each pair becomes the next symbol, the last with anything the last: the longest chain of merges.
  std::vector<SymbolId> symbols(1 << 20, 0);
  Merger merger;
  for (const SymbolId id : symbols) merger.add(id);
  merger.merge([](SymbolId left, SymbolId right) -> std::optional<Join> {
    if (right != 0) return std::nullopt;
    return Join{static_cast<uint32_t>(1000 - std::min(left, 1000)), std::min(left + 1, 1000)};
  });
  size_t left = 0;
  merger.each([&](SymbolId) { ++left; });
  EXPECT_EQ(left, 1u);
}

TEST(Merger, NothingAndOneSymbolStayAsTheyAre) {
  EXPECT_TRUE(merge_by_heap({}, {}).empty());
  EXPECT_EQ(merge_by_heap({5}, {}), std::vector<SymbolId>{5});
}

}  // namespace
}  // namespace straddle::text
