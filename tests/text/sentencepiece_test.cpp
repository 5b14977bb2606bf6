#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "small_vocabulary.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr TokenId kUnknown = 0, kBos = 1, kEos = 2, kFirstByte = 3, kFirst = 259;
constexpr EncodeOptions kPlain = {.add_special = false};

TEST(SentencePiece, TheHighestScoreIsJoinedFirst) {
  const Tokenizer t = made(llama_vocabulary({"a", "b", "c", "ab", "bc", "▁"}));
  EXPECT_THAT(t.encode("abc", kPlain), ElementsAre(kFirst + 5, kFirst, kFirst + 4));
}

TEST(SentencePiece, TheLeftmostPairOnTies) {
  SmallVocabulary v = llama_vocabulary({"▁", "a", "aa"});
  v.flags["add_space_prefix"] = false;
  EXPECT_THAT(made(v).encode("aaaaa", kPlain), ElementsAre(kFirst + 2, kFirst + 2, kFirst + 1));
}

TEST(SentencePiece, ASpaceGoesInFrontOfTextAtTheStartAndBehindSpecialTokens) {
  const Tokenizer t = made(llama_vocabulary({"▁", "a", "▁a"}));
  EXPECT_THAT(t.encode("a", kPlain), ElementsAre(kFirst + 2));
  EXPECT_THAT(t.encode(" a", kPlain), ElementsAre(kFirst, kFirst + 2));
  EXPECT_THAT(t.encode("a</s>a", {true, true}), ElementsAre(kBos, kFirst + 2, kEos, kFirst + 2));
  EXPECT_THAT(t.encode("", kPlain), IsEmpty());
  EXPECT_THAT(t.encode("", {true, true}), ElementsAre(kBos));
}

TEST(SentencePiece, TheFileDecidesOnSpaceAndEnds) {
  SmallVocabulary v = llama_vocabulary({"▁", "a", "▁a"});
  v.flags = {{"add_space_prefix", false}, {"add_bos_token", false}, {"add_eos_token", true}};
  const Tokenizer t = made(v);
  EXPECT_THAT(t.encode("a"), ElementsAre(kFirst + 1, kEos));
  EXPECT_EQ(t.decode(std::vector<TokenId>{kFirst + 2}), " a");
  EXPECT_FALSE(t.adds_bos());
}

TEST(SentencePiece, UnknownCharactersBecomeTheirBytes) {
  const Tokenizer t = made(llama_vocabulary({"▁"}));
  EXPECT_THAT(t.encode("é\xFF", kPlain),
              ElementsAre(kFirst, kFirstByte + 0xC3, kFirstByte + 0xA9, kFirstByte + 0xFF));
}

TEST(SentencePiece, APieceMayBeginWithACharacterThatIsNone) {
  const Tokenizer t = made(llama_vocabulary({"▁", "éa", "\xFF\xFE", "éaé"}));
  EXPECT_THAT(t.encode("éaé\xFF\xFE", kPlain), ElementsAre(kFirst, kFirst + 3, kFirst + 2));
}

TEST(SentencePiece, WithoutByteTokensUnknownCharactersBecomeTheUnknownToken) {
  SmallVocabulary v;
  v.tokens = {"<unk>", "<s>", "</s>", "▁", "a"};
  v.types = {2, 3, 3, 1, 1};
  v.scores = {0, 0, 0, 0, 0};
  EXPECT_THAT(made(v).encode("aé", kPlain), ElementsAre(3, 4, kUnknown, kUnknown));
}

TEST(SentencePiece, TextNeverBecomesAControlToken) {
  // "<s" and ">" would join to the control token's text.
  const Tokenizer t = made(llama_vocabulary({"▁", "<", "s", ">", "<s", "s>"}));
  for (const TokenId id : t.encode("<s>", kPlain)) EXPECT_NE(id, kBos);
  EXPECT_EQ(t.decode(t.encode("<s></s><unk><0x0A>", kPlain)), "<s></s><unk><0x0A>");
}

TEST(SentencePiece, AMarkInTheTextIsASpace) {
  const Tokenizer t = made(llama_vocabulary({"▁", "a", "▁a"}));
  EXPECT_EQ(t.encode("a▁a", kPlain), t.encode("a a", kPlain));
}

// The same pieces, with and without one that reaches over a space: then words cannot be encoded
// apart, and all else must stay as it is.
TEST(SentencePiece, WordsApartGiveTheSameAsTheWholeText) {
  const std::vector<std::string> pieces = {"▁", "a", "b", "▁▁", "▁a", "▁▁a", "ab", "ba", "aab", "▁▁▁▁"};
  std::vector<std::string> over = pieces;
  over.insert(over.end(), {"x▁", "x▁y"});
  const Tokenizer apart = made(llama_vocabulary(pieces)), whole = made(llama_vocabulary(over));
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 24, ' ');
    for (char& c : text) c = "ab é\xFF "[random() % 7];
    EXPECT_EQ(apart.encode(text), whole.encode(text)) << text;
  }
  EXPECT_THAT(whole.encode("x y", kPlain), ElementsAre(kFirst, kFirst + 11));
}

TEST(SentencePiece, EveryTextComesBack) {
  const Tokenizer t = made(llama_vocabulary({"▁", "a", "▁a", "中"}));
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 20, '\0');
    for (char& c : text) c = static_cast<char>(random() % 4 ? random() % 256 : ' ');
    if (text.find("▁") != text.npos) continue;
    EXPECT_EQ(t.decode(t.encode(text, kPlain)), text);
  }
}

// Each would take hours if time grew with the square of the text or of the longest piece.
TEST(SentencePiece, HostileTextsAndPieces) {
  std::vector<std::string> chain = {"▁"};
  for (size_t n = 1; n <= 1500; ++n) chain.push_back(std::string(n, 'a'));
  chain.push_back(std::string(1 << 20, 'b'));
  const Tokenizer t = made(llama_vocabulary(chain));
  for (const std::string& part :
       {std::string("a"), std::string(" "), std::string("b"), std::string("ab"), std::string("\xFF"),
        std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"), std::string("▁"),
        std::string("中"), std::string("\0", 1)}) {
    std::string text;
    while (text.size() < 1000000) text += part;
    const auto ids = t.encode(text, kPlain);
    EXPECT_THAT(ids, ::testing::Not(IsEmpty()));
    if (part != "▁") {
      EXPECT_TRUE(t.decode(ids) == text) << part;
    }
  }
}

}  // namespace
}  // namespace straddle::text
