#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_vocabulary.h"
#include "text/bert_words.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TokenId kUnknown = 100, kCls = 101, kSep = 102, kFirst = 103;
constexpr EncodeOptions kPlain = {.add_special = false};

SmallVocabulary bert_vocabulary(const std::vector<std::string>& pieces) {
  SmallVocabulary out;
  out.model = "bert";
  for (int i = 0; i < 100; ++i) out.tokens.push_back("[unused" + std::to_string(i) + "]");
  out.types.assign(100, 1);
  out.tokens.insert(out.tokens.end(), {"[UNK]", "[CLS]", "[SEP]"});
  out.types.insert(out.types.end(), {2, 3, 3});
  out.tokens.insert(out.tokens.end(), pieces.begin(), pieces.end());
  out.types.resize(out.tokens.size(), 1);
  return out;
}

std::vector<std::string> words(std::string_view text, const BertRules& rules = {}) {
  const StringTable table = bert_words(text, rules);
  std::vector<std::string> out;
  for (size_t i = 0; i < table.size(); ++i) out.emplace_back(table[i].substr(3));  // behind U+2581
  return out;
}

TEST(WordPiece, TheLongestPieceFromTheLeft) {
  const Tokenizer t = made(bert_vocabulary({"▁un", "▁unaff", "aff", "able", "a", "▁a"}));
  EXPECT_THAT(t.encode("unaffable a", kPlain), ElementsAre(kFirst + 1, kFirst + 3, kFirst + 5));
}

TEST(WordPiece, AWordThatDoesNotFitIsUnknownAsAWhole) {
  const Tokenizer t = made(bert_vocabulary({"▁a", "b"}));
  EXPECT_THAT(t.encode("ab abc a", kPlain), ElementsAre(kFirst, kFirst + 1, kUnknown, kFirst));
}

TEST(WordPiece, ATextStandsBetweenClsAndSep) {
  SmallVocabulary v = bert_vocabulary({"▁a"});
  v.flags = {{"add_bos_token", false}, {"add_eos_token", true}};
  EXPECT_THAT(made(v).encode("a"), ElementsAre(kCls, kFirst, kSep));
  EXPECT_THAT(made(v).encode(""), ElementsAre(kCls, kSep));
  v.numbers = {{"cls_token_id", 5}, {"seperator_token_id", 6}};
  EXPECT_THAT(made(v).encode("a"), ElementsAre(5, kFirst, 6));
}

TEST(WordPiece, TextNeverBecomesASpecialToken) {
  const Tokenizer t = made(bert_vocabulary({"▁[", "▁cls", "▁]"}));
  EXPECT_THAT(t.encode("[CLS]", kPlain), ElementsAre(kFirst, kFirst + 1, kFirst + 2));
  EXPECT_THAT(t.encode("[CLS]", {false, true}), ElementsAre(kCls));
}

TEST(WordPiece, WordsAreShownApart) {
  const Tokenizer t = made(bert_vocabulary({"▁it", "▁s", "▁'", "▁.", "ing"}));
  EXPECT_EQ(t.decode(t.encode("It's iting.", kPlain)), " it's iting.");
  StreamDecoder decoder(t, {});
  std::string streamed;
  for (const TokenId id : t.encode("It iting")) streamed += decoder.push(id);
  EXPECT_EQ(streamed, " it iting");
}

TEST(BertWords, PunctuationSymbolsAndIdeographsStandAlone) {
  EXPECT_THAT(words("a,b—c d$e世界f"),
              ElementsAre("a", ",", "b", "—", "c", "d", "$", "e", "世", "界", "f"));
  EXPECT_THAT(words("a€b"), ElementsAre("a€b"));  // a symbol, but not of ASCII
  EXPECT_THAT(words(" \t\n　"), IsEmpty());
}

TEST(BertWords, ControlsInvalidBytesAndReplacementsAreNothing) {
  EXPECT_THAT(words(std::string("a\0b\x01\xFF\xED\xA0\x80\xEF\xBF\xBD\u200Bc", 16)), ElementsAre("abc"));
}

TEST(BertWords, CaseAndAccentsByTheRules) {
  EXPECT_THAT(words("ÀÉ İ ẞ"), ElementsAre("ae", "i", "ß"));
  EXPECT_THAT(words("ÀÉ", {.lower_case = false, .strip_accents = true}), ElementsAre("AE"));
  EXPECT_THAT(words("ÀÉ", {.lower_case = true, .strip_accents = false}), ElementsAre("àé"));
  EXPECT_THAT(words("ÀÉ", {.lower_case = false, .strip_accents = false}), ElementsAre("ÀÉ"));
}

TEST(WordPiece, TheFileDecidesOnCase) {
  SmallVocabulary v = bert_vocabulary({"▁a", "▁A", "▁Á"});
  EXPECT_THAT(made(v).encode("A Á", kPlain), ElementsAre(kFirst, kFirst));
  v.flags = {{"normalizer.lowercase", false}};
  EXPECT_THAT(made(v).encode("A Á", kPlain), ElementsAre(kFirst + 1, kFirst + 2));
}

}  // namespace
}  // namespace straddle::text
