#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_vocabulary.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;

constexpr TokenId kFirstByte = 3, kFirst = 259;
constexpr EncodeOptions kPlain = {.add_special = false};

SmallVocabulary gemma4_vocabulary(const std::vector<std::string>& pieces,
                                  const std::vector<std::string>& merges) {
  SmallVocabulary out = llama_vocabulary(pieces);
  out.model = "gemma4";
  out.merges = merges;
  out.numbers["bos_token_id"] = 1;
  return out;
}

TEST(Gemma4, MergesByRankAndNotByScore) {
  const Tokenizer t = made(gemma4_vocabulary({"a", "b", "c", "ab", "bc"}, {"a b", "b c"}));
  EXPECT_THAT(t.encode("abc", kPlain), ElementsAre(kFirst + 3, kFirst + 2));
}

TEST(Gemma4, NothingJoinsOverANewline) {
  const Tokenizer t =
      made(gemma4_vocabulary({"a", "\n", "\n\n", "a\n", "▁", "▁a"}, {"a \n", "\n \n", "▁ a"}));
  EXPECT_THAT(t.encode("a\n\n a", kPlain), ElementsAre(kFirst, kFirst + 2, kFirst + 5));
}

TEST(Gemma4, UnknownCharactersBecomeTheirBytes) {
  const Tokenizer t = made(gemma4_vocabulary({"▁", "é"}, {"▁ é"}));
  EXPECT_THAT(t.encode("é\xFF", kPlain), ElementsAre(kFirst + 1, kFirstByte + 0xFF));
}

TEST(Gemma4, BosIsAddedWhateverTheFileSays) {
  SmallVocabulary v = gemma4_vocabulary({"a"}, {"a a"});
  v.flags["add_bos_token"] = false;
  EXPECT_THAT(made(v).encode("a"), ElementsAre(1, kFirst));
}

// Found by the fuzzer: the space was added, and shown.
TEST(Gemma4, ASpacePrefixIsTakenBack) {
  SmallVocabulary v = gemma4_vocabulary({"▁", "a"}, {"▁ a"});
  v.flags["add_space_prefix"] = true;
  EXPECT_EQ(made(v).decode(made(v).encode("a", kPlain)), "a");
}

TEST(Gemma4, PreTokenizersOfCharactersMakeTheSameOfGpt2) {
  SmallVocabulary v = gemma4_vocabulary({"a", "▁", "▁a", ".", "\n"}, {"▁ a", "a \n"});
  const std::vector<TokenId> ids = made(v).encode("a a\n\xFF");
  v.model = "gpt2";
  for (const char* pre : {"gemma4", "granite-embed-multi-311m", "sarvam-moe"}) {
    v.pre = pre;
    v.flags["add_bos_token"] = true;
    EXPECT_EQ(made(v).encode("a a\n\xFF"), ids) << pre;
  }
  v.flags["add_bos_token"] = false;
  v.pre = "sarvam-moe";
  EXPECT_THAT(made(v).encode("a ."), ElementsAre(kFirst, kFirst + 1, kFirst + 3));
  EXPECT_EQ(made(v).decode(made(v).encode("a .")), "a .");
  v.pre = "whitespace";  // nothing joins with a space
  EXPECT_THAT(made(v).encode("a a\n"), ElementsAre(kFirst, kFirst + 1, kFirst, kFirst + 4));
  v.pre = "granite-embed-multi-311m";
  EXPECT_EQ(made(v).decode(made(v).encode("a .", kPlain)), "a.");
}

TEST(Gemma4, MergesOfNoPiecesAreNamedAndIgnored) {
  std::vector<std::string> warnings;
  SmallVocabulary v = gemma4_vocabulary({"a", "ab"}, {"a b", "a c", "", "x", "ab ab"});
  EXPECT_TRUE(make(v, &warnings));
  EXPECT_THAT(warnings, ElementsAre("4 of 5 entries of tokenizer.ggml.merges name no pieces of the "
                                    "vocabulary: ignored"));
  EXPECT_THAT(made(v).encode("abac", kPlain), ElementsAre(kFirst + 1, kFirst, kFirstByte + 'c'));
}

}  // namespace
}  // namespace straddle::text
