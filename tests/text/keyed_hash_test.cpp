// Tables keyed by what a file or a text says: bytes that were chosen to meet, by the hashes that these
// tables once had, do not.
#include "text/keyed_hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <set>
#include <string>

#include "text/pair_table.h"
#include "text/text_index.h"

namespace straddle::text {
namespace {

constexpr size_t kChosen = 5000;
constexpr size_t kMost = 200;  // slots in a row, half of them taken: chance makes some 50

uint64_t finaliser_of_splitmix64(uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

TEST(PairTable, ChosenPairsDoNotMeet) {
  PairTable table(kChosen);
  const uint64_t mask = std::bit_ceil(kChosen * 2 + 2) - 1;
  uint32_t rank = 0;
  for (SymbolId left = 256; rank < kChosen; ++left) {
    for (SymbolId right = 256; right < 20'000 && rank < kChosen; ++right) {
      const uint64_t pair = uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
      if ((finaliser_of_splitmix64(pair) & mask) < 8) table.add(left, right, {rank++, left});
    }
  }
  EXPECT_LT(table.longest_search(), kMost);
}

std::vector<std::string> chosen_words(uint64_t mask) {
  std::vector<std::string> out;
  for (uint64_t i = 0; out.size() < kChosen; ++i) {
    std::string word = "w" + std::to_string(i);
    if ((std::hash<std::string_view>()(word) & mask) < 8) out.push_back(std::move(word));
  }
  return out;
}

TEST(TextIndex, ChosenTextsDoNotMeet) {
  const auto words = chosen_words(std::bit_ceil(kChosen * 2 + 16) - 1);
  for (const size_t expected : {kChosen, size_t{0}}) {  // of the size it needs, and grown
    TextIndex index(expected);
    for (size_t i = 0; i < words.size(); ++i) index.add(words[i], static_cast<TokenId>(i));
    EXPECT_LT(index.longest_search(), kMost);
    for (size_t i = 0; i < words.size(); ++i) EXPECT_EQ(index.find(words[i]), static_cast<TokenId>(i));
    EXPECT_EQ(index.find("w"), TextIndex::kNone);
  }
}

TEST(KeyedHash, EveryTableHasItsOwn) {
  EXPECT_NE(TextIndex().key().first, TextIndex().key().first);
  const HashKey one{1, 2}, other{1, 3};
  EXPECT_NE(keyed_hash(one, "word"), keyed_hash(other, "word"));
  EXPECT_NE(keyed_hash(one, 7), keyed_hash(other, 7));
  EXPECT_EQ(keyed_hash(one, "word"), keyed_hash(one, "word"));
}

TEST(KeyedHash, TextsOfAnyLengthAreTold) {
  std::set<uint64_t> seen;
  const std::string zeros(40, '\0');
  for (size_t size = 0; size <= 40; ++size) seen.insert(keyed_hash({5, 6}, zeros.substr(0, size)));
  std::string bits(40, '\0');
  for (size_t i = 0; i < bits.size(); ++i) {
    bits[i] = 1;
    seen.insert(keyed_hash({5, 6}, bits));
    bits[i] = 0;
  }
  EXPECT_EQ(seen.size(), 81u);
}

}  // namespace
}  // namespace straddle::text
