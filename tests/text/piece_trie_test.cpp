#include "text/piece_trie.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace straddle::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<TokenId> prefixes(const PieceTrie& trie, std::string_view text, size_t at = 0) {
  std::vector<TokenId> out;
  trie.each(text, at, [&](TokenId id, size_t) { out.push_back(id); });
  return out;
}

TEST(PieceTrie, FindsEveryPrefixTheShortestFirst) {
  Warnings warnings;
  const PieceTrie trie({{"abc", 0}, {"a", 1}, {"b", 2}, {"abd", 3}, {"ab", 4}, {"a", 5}, {"", 6}},
                       warnings);
  EXPECT_THAT(prefixes(trie, "abcd"), ElementsAre(1, 4, 0));
  EXPECT_THAT(prefixes(trie, "xabd", 1), ElementsAre(1, 4, 3));
  EXPECT_THAT(prefixes(trie, "x"), IsEmpty());
  EXPECT_THAT(prefixes(trie, "x", 1), IsEmpty());
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_EQ(trie.longest("abcd", 0, [](TokenId id) { return id != 0; }).id, 4);
  EXPECT_EQ(trie.longest("zz", 0, [](TokenId) { return true; }).bytes, 0u);
}

TEST(PieceTrie, NothingIsFoundInNothing) {
  Warnings warnings;
  const PieceTrie trie({}, warnings);
  EXPECT_THAT(prefixes(trie, "a"), IsEmpty());
}

TEST(PieceTrie, AHugePieceIsNamedAndNotLookedFor) {
  Warnings warnings;
  const std::string huge(257, 'x'), fits(256, 'x');
  const PieceTrie trie({{huge, 0}, {fits, 1}}, warnings);
  EXPECT_THAT(warnings, ElementsAre("1 tokens are longer than 256 bytes: not looked for in texts"));
  EXPECT_THAT(prefixes(trie, huge), ElementsAre(1));
}

TEST(PieceTrie, DoesWhatTheDefinitionSays) {
  std::mt19937 random(8);
  const auto any = [&random](size_t most) {
    std::string out(random() % most, '\0');
    for (char& c : out) c = "ab\xFF\x80"[random() % 4];
    return out;
  };
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> texts;
    for (size_t n = random() % 12; n > 0; --n) texts.push_back(any(5));
    std::vector<PieceTrie::Piece> pieces;
    for (const std::string& text : texts) pieces.push_back({text, static_cast<TokenId>(pieces.size())});
    Warnings warnings;
    const PieceTrie trie(pieces, warnings);
    const std::string text = any(8);
    std::vector<TokenId> expected;
    for (size_t size = 1; size <= text.size(); ++size) {
      const auto found = std::find(texts.begin(), texts.end(), text.substr(0, size));
      if (found != texts.end()) expected.push_back(static_cast<TokenId>(found - texts.begin()));
    }
    EXPECT_EQ(prefixes(trie, text), expected);
  }
}

}  // namespace
}  // namespace straddle::text
