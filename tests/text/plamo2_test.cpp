#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "small_vocabulary.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;

constexpr TokenId kFirstByte = 3, kFirst = 259;
constexpr EncodeOptions kPlain = {.add_special = false};

SmallVocabulary plamo2_vocabulary(const std::vector<std::string>& pieces,
                                  const std::vector<float>& scores) {
  SmallVocabulary out = llama_vocabulary(pieces);
  out.model = "plamo2";
  for (size_t i = 0; i < scores.size(); ++i) out.scores[kFirst + i] = scores[i];
  return out;
}

TEST(Plamo2, TheHighestSumOfScores) {
  const Tokenizer t = made(plamo2_vocabulary({"a", "b", "ab", "bc", "c"}, {-1, -1, -3, -1, -1}));
  EXPECT_THAT(t.encode("ab", kPlain), ElementsAre(kFirst, kFirst + 1));
  EXPECT_THAT(t.encode("abc", kPlain), ElementsAre(kFirst, kFirst + 3));
}

TEST(Plamo2, TheLongerPieceOnTies) {
  const Tokenizer t = made(plamo2_vocabulary({"a", "aa"}, {-1, -2}));
  EXPECT_THAT(t.encode("aa", kPlain), ElementsAre(kFirst + 1));
}

TEST(Plamo2, WhatNoPieceCoversIsItsBytes) {
  const Tokenizer t = made(plamo2_vocabulary({"a"}, {-1}));
  EXPECT_THAT(t.encode("aé\xFF", kPlain),
              ElementsAre(kFirst, kFirstByte + 0xC3, kFirstByte + 0xA9, kFirstByte + 0xFF));
  EXPECT_EQ(t.decode(t.encode("a 世\xFF", kPlain)), "a 世\xFF");
}

TEST(Plamo2, AByteOrderMarkIsNoText) {
  const Tokenizer t = made(plamo2_vocabulary({"a"}, {-1}));
  EXPECT_THAT(t.encode("\xEF\xBB\xBF"
                       "a",
                       kPlain),
              ElementsAre(kFirst));
}

// Against the definition: the best sum over every way to write the text.
TEST(Plamo2, FindsTheBestOfAllWays) {
  std::mt19937 random(9);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> pieces;
    std::vector<float> scores;
    for (const char* piece : {"a", "b", "ab", "ba", "aab", "bb"}) {
      if (random() % 3 == 0) continue;
      pieces.push_back(piece);
      scores.push_back(-static_cast<float>(random() % 8));
    }
    const Tokenizer t = made(plamo2_vocabulary(pieces, scores));
    std::string text(1 + random() % 8, 'a');
    for (char& c : text) c = "ab"[random() % 2];
    const std::function<double(size_t)> best = [&](size_t at) -> double {
      if (at == text.size()) return 0;
      double out = best(at + 1) - 1000;
      for (size_t i = 0; i < pieces.size(); ++i) {
        if (text.compare(at, pieces[i].size(), pieces[i]) == 0)
          out = std::max(out, best(at + pieces[i].size()) + scores[i]);
      }
      return out;
    };
    double sum = 0;
    const auto ids = t.encode(text, kPlain);
    for (const TokenId id : ids) sum += id < kFirst ? -1000 : scores[static_cast<size_t>(id - kFirst)];
    EXPECT_EQ(sum, best(0)) << text;
    EXPECT_EQ(t.decode(ids), text);
  }
}

}  // namespace
}  // namespace straddle::text
