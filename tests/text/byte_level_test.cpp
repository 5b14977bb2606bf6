#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "small_vocabulary.h"
#include "text/clean_up.h"
#include "text/composed.h"
#include "text/pretokenizers.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr EncodeOptions kPlain = {.add_special = false};

TEST(ByteLevel, TheLowestRankIsMergedFirst) {
  const Tokenizer t = made(gpt2_vocabulary({"b c", "a b", "Ġ a"}));
  EXPECT_THAT(t.encode("abc", kPlain), ElementsAre('a', 256));
  EXPECT_THAT(t.encode("ab a", kPlain), ElementsAre(257, 258));
}

TEST(ByteLevel, MergesDoNotReachOverWords) {
  const Tokenizer t = made(gpt2_vocabulary({"a Ġ", "a b"}));
  EXPECT_THAT(t.encode("a ab", kPlain), ElementsAre('a', ' ', 256 + 1));
}

TEST(ByteLevel, AMergeMayPassThroughASymbolThatIsNoToken) {
  SmallVocabulary v = gpt2_vocabulary({"a b", "ab c"});
  v.tokens.erase(v.tokens.begin() + 256);  // "ab" is no token, "abc" is
  v.types.pop_back();
  const Tokenizer t = made(v);
  EXPECT_THAT(t.encode("abc", kPlain), ElementsAre(256));
  EXPECT_THAT(t.encode("abd", kPlain), ElementsAre('a', 'b', 'd'));
}

TEST(ByteLevel, WholeWordsFirstWhereThePreTokenizerSaysSo) {
  SmallVocabulary v = gpt2_vocabulary({"b c"});
  v.tokens.push_back("abc");
  v.types.push_back(1);
  EXPECT_THAT(made(v).encode("abc", kPlain), ElementsAre('a', 256));
  v.pre = "llama-bpe";
  EXPECT_THAT(made(v).encode("abc", kPlain), ElementsAre(257));
}

TEST(ByteLevel, BosIsAddedWhereThePreTokenizerOrTheFileSaysSo) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.numbers["bos_token_id"] = 7;
  EXPECT_THAT(made(v).encode("ab"), ElementsAre(256));
  v.pre = "llama3";
  EXPECT_THAT(made(v).encode("ab"), ElementsAre(7, 256));
  v.flags["add_bos_token"] = false;
  EXPECT_THAT(made(v).encode("ab"), ElementsAre(256));
}

TEST(ByteLevel, AByteWithoutATokenBecomesTheReplacementCharacter) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.tokens[0xFF] = "unrelated";
  const Tokenizer t = made(v);
  EXPECT_EQ(t.decode(t.encode("a\xFF"
                              "b",
                              kPlain)),
            "a\xEF\xBF\xBD"
            "b");
  v.tokens[0xEF] = "unrelated too";  // U+FFFD cannot be written either
  EXPECT_EQ(made(v).decode(made(v).encode("a\xFF"
                                          "b",
                                          kPlain)),
            "ab");
}

TEST(ByteLevel, EveryTextComesBack) {
  SmallVocabulary v = gpt2_vocabulary({"a b", "Ġ a", "ä ½"});
  v.pre = "kormo";
  const Tokenizer as_is = made(v);
  v.pre = "qwen2";
  const Tokenizer composing = made(v);
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 20, '\0'), room;
    for (char& c : text) c = static_cast<char>(random() % 4 ? random() % 256 : ' ');
    EXPECT_EQ(as_is.decode(as_is.encode(text, kPlain)), text);
    EXPECT_EQ(composing.decode(composing.encode(text, kPlain)), composed(text, room));
  }
}

TEST(ByteLevel, UserDefinedTokensStandAsTheyAreWritten) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.tokens.push_back("ÿ");  // in the byte alphabet this would be the byte FF
  v.types.push_back(4);
  const Tokenizer t = made(v);
  EXPECT_THAT(t.encode("ÿ", kPlain), ElementsAre(257));
  EXPECT_EQ(t.decode(std::vector<TokenId>{257}), "ÿ");
  EXPECT_THAT(t.encode("\xFF", kPlain), ElementsAre(0xFF));
}

TEST(ByteLevel, DecodingLeavesControlTokensOutOnDemand) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.tokens.push_back("<|im_end|>");
  v.types.push_back(3);
  const std::vector<TokenId> ids = {256, 257, 256};
  EXPECT_EQ(made(v).decode(ids), "ab<|im_end|>ab");
  EXPECT_EQ(made(v).decode(ids, false), "abab");
}

// Each would take hours if time grew with the square of the text.
TEST(ByteLevel, HostileTextsAndMerges) {
  std::vector<std::string> merges;
  for (size_t n = 1; n <= 1500; ++n) merges.push_back(std::string(n, 'a') + " a");
  for (size_t n = 1; n <= 1 << 16; n *= 2)
    merges.push_back(std::string(n, 'b') + " " + std::string(n, 'b'));
  for (const char* pre : {"gpt-2", "llama3", "qwen2", "smollm", "default", "deepseek-coder", "viking"}) {
    SmallVocabulary v = gpt2_vocabulary(merges);
    v.pre = pre;
    const Tokenizer t = made(v);
    for (const std::string part : {"a", " ", "b", "ab", "1", "'", " \n", "\xFF", "\xED\xA0\x80",
                                   "\xF4\x90\x80\x80", "\xE4\xB8\xAD", "\xCC\x81"}) {
      std::string text;
      while (text.size() < 200000) text += part;
      const std::string expected = find_pretokenizer(pre)->cleans_spaces ? clean_up_spaces(text) : text;
      EXPECT_TRUE(t.decode(t.encode(text, kPlain)) == expected) << pre << " " << part;
    }
  }
}

TEST(CleanUp, RemovesSpacesBeforeMarksAndContractions) {
  EXPECT_EQ(clean_up_spaces("a . b , c ! d ? e ; f"), "a. b, c! d? e ; f");
  EXPECT_EQ(clean_up_spaces("  ."), " .");
  EXPECT_EQ(clean_up_spaces("it 's we 're I 'm they 've he 'll can 't I 'd"),
            "it's we're I'm they've he 'll can 't I 'd");
  EXPECT_EQ(clean_up_spaces("a ' b ' c"), "a'b'c");
  EXPECT_EQ(clean_up_spaces("a ' ' b"), "a'' b");
  EXPECT_EQ(clean_up_spaces(" ."), ".");
  EXPECT_EQ(clean_up_spaces(""), "");
  EXPECT_EQ(clean_up_spaces(" "), " ");
}

}  // namespace
}  // namespace straddle::text
