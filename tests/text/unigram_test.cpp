#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "golden_cases.h"
#include "small_vocabulary.h"
#include "testing/golden.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TokenId kEos = 1, kUnknown = 2, kFirst = 3;
constexpr EncodeOptions kPlain = {.add_special = false};

// Small models of the sentencepiece package, and its answers (golden/make_unigram.py).
class SentencePieceUnigram : public ::testing::TestWithParam<const char*> {};

TEST_P(SentencePieceUnigram, EveryCaseGivesItsIds) {
  const std::string path = testing::source(std::string("tests/text/golden/") + GetParam());
  const auto file = gguf::File::open(path + ".gguf", true);
  ASSERT_TRUE(file) << one_line(file.error());
  std::vector<std::string> warnings;
  const auto tokenizer = Tokenizer::from(*file, &warnings);
  ASSERT_TRUE(tokenizer) << one_line(tokenizer.error());
  EXPECT_THAT(warnings, IsEmpty());
  const auto rows = read_golden_cases(path + ".jsonl");
  ASSERT_GT(rows.size(), 400u);
  for (const GoldenCase& row : rows)
    EXPECT_EQ(tokenizer->encode(row.text, row.options), row.ids) << row.text;
}

INSTANTIATE_TEST_SUITE_P(Text, SentencePieceUnigram, ::testing::Values("unigram", "unigram_bytes"));

TEST(Unigram, EosIsAddedAndNoBosUnlessTheFileSaysSo) {
  SmallVocabulary v = unigram_vocabulary({{"a", -1}});
  EXPECT_THAT(made(v).encode("a"), ElementsAre(kFirst, kEos));
  v.flags["add_eos_token"] = false;
  EXPECT_THAT(made(v).encode("a"), ElementsAre(kFirst));
}

TEST(Unigram, UnknownNeighboursBecomeOneToken) {
  const Tokenizer t = made(unigram_vocabulary({{"a", -1}, {"▁", -2}}));
  EXPECT_THAT(t.encode("a日本b a", kPlain), ElementsAre(kFirst, kUnknown, kFirst + 1, kFirst));
}

TEST(Unigram, TheFirstSpaceIsTakenBackWhereOneIsAdded) {
  SmallVocabulary v = unigram_vocabulary({{"▁a", -1}, {"▁", -2}, {"a", -2}});
  v.flags["add_space_prefix"] = true;
  EXPECT_EQ(made(v).decode(made(v).encode("a a", kPlain)), "a a");
}

TEST(Unigram, MissingScoresAreNamed) {
  SmallVocabulary v = unigram_vocabulary({{"a", -1}});
  v.scores.clear();
  std::vector<std::string> warnings;
  ASSERT_TRUE(make(v, &warnings));
  EXPECT_THAT(warnings, ElementsAre("tokenizer.ggml.scores is missing: all pieces count the same"));
}

// ---- against the definition: try every way to write the text

struct Written {
  double score = 0;
  std::vector<TokenId> ids;
  std::vector<size_t> begins;  // of the pieces

  // On ties the way whose last piece is longer, and so on from the right.
  bool is_better_than(const Written& other) const {
    if (score != other.score) return score > other.score;
    return std::lexicographical_compare(begins.rbegin(), begins.rend(), other.begins.rbegin(),
                                        other.begins.rend());
  }

  Written with(TokenId id, double piece_score, size_t begin) const {
    Written out = *this;
    out.score += piece_score;
    out.begins.push_back(begin);
    if (id != kUnknown || ids.empty() || ids.back() != kUnknown) out.ids.push_back(id);
    return out;
  }
};

void try_all(const SmallVocabulary& v, std::string_view text, size_t at, const Written& so_far,
             double unknown, Written& best) {
  if (at == text.size()) {
    if (best.ids.empty() || so_far.is_better_than(best)) best = so_far;
    return;
  }
  bool known = false;
  for (size_t id = kFirst; id < v.tokens.size(); ++id) {
    const std::string& piece = v.tokens[id];
    if (text.substr(at, piece.size()) != piece) continue;
    known = known || piece.size() == 1;
    try_all(v, text, at + piece.size(), so_far.with(static_cast<TokenId>(id), v.scores[id], at), unknown,
            best);
  }
  if (!known) try_all(v, text, at + 1, so_far.with(kUnknown, unknown, at), unknown, best);
}

TEST(Unigram, FindsTheBestOfAllWays) {
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    std::map<std::string, float> pieces;
    for (size_t n = 1 + random() % 8; n > 0; --n) {
      std::string piece(1 + random() % 3, 'a');
      for (char& c : piece) c = "abc"[random() % 3];
      pieces[piece] = -1.0f - static_cast<float>(random() % 16) / 8.0f;
    }
    const SmallVocabulary v = unigram_vocabulary({pieces.begin(), pieces.end()});
    std::string text(1 + random() % 8, 'a');
    for (char& c : text) c = "abc"[random() % 3];
    double lowest = 0;
    for (const auto& [piece, score] : pieces) lowest = std::min<double>(lowest, score);
    Written best;
    try_all(v, text, 0, {}, lowest - 10, best);
    EXPECT_EQ(made(v).encode(text, kPlain), best.ids) << text;
  }
}

// ---- the normaliser's data is not trusted

std::string u32(uint32_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
  return out;
}

std::string refusal(const std::string& charsmap) {
  SmallVocabulary v = unigram_vocabulary({{"a", -1}});
  v.charsmap = charsmap;
  const auto tokenizer = make(v);
  return tokenizer ? "accepted" : one_line(tokenizer.error());
}

TEST(Charsmap, WhatIsCutOrTooLongIsRefused) {
  EXPECT_THAT(refusal("abc"), HasSubstr("precompiled_charsmap ends before its trie does"));
  EXPECT_THAT(refusal(u32(8) + u32(0)), HasSubstr("precompiled_charsmap ends before its trie does"));
  EXPECT_THAT(refusal(u32(3) + u32(0)), HasSubstr("precompiled_charsmap ends before its trie does"));
  EXPECT_THAT(refusal(u32(4) + u32(0) + "abc"), HasSubstr("has a replacement without an end"));
  EXPECT_THAT(refusal(u32(4) + u32(0) + std::string(65, 'x') + '\0'),
              HasSubstr("has a replacement of 65 bytes, at most 64 are read"));
  EXPECT_EQ(refusal(u32(4) + u32(0) + std::string("x\0", 2)), "accepted");
  EXPECT_EQ(refusal(u32(0)), "accepted");
}

TEST(Charsmap, AnyUnitsAreReadWithinTheirBounds) {
  std::mt19937 random(6);
  for (int round = 0; round < 300; ++round) {
    SmallVocabulary v = unigram_vocabulary({{"a", -1}, {"▁", -2}});
    const uint32_t units = 256 + random() % 256;
    v.charsmap = u32(units * 4);
    for (uint32_t i = 0; i < units; ++i) {
      // A label that may fit, a small offset, often with a leaf.
      v.charsmap += u32((i ^ random() % 4) % 256 | random() % 2 << 8 | random() % 600 << 10);
    }
    v.charsmap += std::string("xyz\0\0ab\0", 8);
    const Tokenizer t = made(v);
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random() % 256);
    for (const TokenId id : t.encode(text)) EXPECT_LT(static_cast<size_t>(id), t.size());
  }
}

}  // namespace
}  // namespace straddle::text
