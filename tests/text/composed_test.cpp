#include "text/composed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utf8proc.h>

#include <cstdlib>
#include <ctime>
#include <random>

#include "base/utf8.h"
#include "small_vocabulary.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;

std::string nfc(std::string_view text) {
  std::string room;
  return std::string(composed(text, room));
}

TEST(Composed, TextsBecomeWhatUnicodeSays) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"plain ASCII", "plain ASCII"},
      {"fa\u00e7ade", "fa\u00e7ade"},
      {"fac\u0327ade", "fa\u00e7ade"},
      {"\u30db\u309a\u30b9\u30c8", "\u30dd\u30b9\u30c8"},  // kana and a voicing mark
      {"\u1106\u116e\u11ab\u1109\u1165", "\ubb38\uc11c"},  // jamo
      {"\ubb34\u11ab", "\ubb38"},                          // a syllable and its last consonant
      {"a\u0323\u0302 a\u0302\u0323", "\u1ead \u1ead"},    // marks in either order
      {"q\u0307\u0323", "q\u0323\u0307"},                  // ... that only change places
      {"\u212b \u2126 \u2000", "\u00c5 \u03a9 \u2002"},    // characters that stand for others
      {"\u0958 \ufb1d", "\u0915\u093c \u05d9\u05b4"},      // those that never compose
      {"\ufb01\u2460\uff21", "\ufb01\u2460\uff21"},        // compatibility is none of our business
      {"\u4e2d\u6587\U0001F600\U0001F469\u200d\U0001F52C",
       "\u4e2d\u6587\U0001F600\U0001F469\u200d\U0001F52C"},
      {"\U0001D15E", "\U0001D157\U0001D165"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(nfc(text), expected) << text;
}

TEST(Composed, NothingComposesOverBytesOfNoCharacter) {
  EXPECT_EQ(nfc("e\xFF\u0301"), "e\xFF\u0301");
  EXPECT_EQ(nfc("\xE3\x81 e\u0301\xC3"), "\xE3\x81 \u00e9\xC3");
  EXPECT_EQ(nfc("\xED\xA0\x80\u0301"), "\xED\xA0\x80\u0301");
  EXPECT_EQ(nfc("\u0301"), "\u0301");
  EXPECT_EQ(nfc(std::string_view("e\0\u0301", 4)), std::string_view("e\0\u0301", 4));
}

std::string nfc_by_utf8proc(const std::string& text) {
  utf8proc_uint8_t* out = nullptr;
  const auto bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                  static_cast<utf8proc_ssize_t>(text.size()), &out,
                                  static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::string whole(reinterpret_cast<const char*>(out), static_cast<size_t>(bytes));
  std::free(out);
  return whole;
}

TEST(Composed, RandomTextsAreWhatTheLibraryMakesOfThem) {
  std::mt19937 random(5);
  const uint32_t codes[] = {'a',    'E',    ' ',     0xE9,   0x301,  0x323,  0x327,  0x1100,
                            0x1161, 0x11A8, 0xAC00,  0x304B, 0x3099, 0x1EAD, 0x0958, 0x9C7,
                            0x9D7,  0x4E2D, 0x345,   0x3B1,  0x1F71, 0xFB2C, 0xF900, 0x2ADC,
                            0x212B, 0x1FA7, 0x1D15E, 0,      0x1F600};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (uint32_t n = random() % 12; n > 0; --n) {
      const uint32_t any = random() % 0x30000;
      const bool chosen = random() % 4 != 0 || (any >= 0xD800 && any < 0xE000);
      append_utf8(text, chosen ? codes[random() % std::size(codes)] : any);
    }
    EXPECT_EQ(nfc(text), nfc_by_utf8proc(text));
    const std::string twice = text + "\xFF" + text;
    EXPECT_EQ(nfc(twice), nfc(text) + "\xFF" + nfc(text));
  }
}

TEST(Composed, AMegabyteOfMarksOutOfOrderTakesNoTime) {
  std::string text = "a";
  while (text.size() < 1 << 20) text += "\u0315\u0316";
  const std::clock_t start = std::clock();
  EXPECT_EQ(nfc(text).size(), text.size());
  EXPECT_LT(double(std::clock() - start) / CLOCKS_PER_SEC, 2.0);
}

// ---- in a tokenizer: é is 256, "<é>" (control) 257

Tokenizer with_pre(const char* pre) {
  SmallVocabulary v = gpt2_vocabulary({"\u00c3 \u00a9"});  // the bytes of é in the alphabet
  v.pre = pre;
  v.tokens.push_back("<\u00e9>");
  v.types.push_back(3);
  return made(v);
}

constexpr EncodeOptions kTrusted = {.add_special = false, .parse_special = true};

TEST(Normaliser, ComposesWhereTheRowSaysSo) {
  for (const char* pre : {"qwen2", "qwen35", "command-r", "olmo", "stablelm2", "hunyuan"}) {
    EXPECT_THAT(with_pre(pre).encode("xe\u0301", kTrusted), ElementsAre('x', 256)) << pre;
  }
  for (const char* pre : {"gpt-2", "llama-bpe", "deepseek-v3", "tekken", "gpt-4o"}) {
    EXPECT_THAT(with_pre(pre).encode("xe\u0301", kTrusted), ElementsAre('x', 'e', 0xCC, 0x81)) << pre;
  }
}

TEST(Normaliser, SpecialTokensStandBetweenWhatComposes) {
  const Tokenizer t = with_pre("qwen2");
  EXPECT_THAT(t.encode("e<\u00e9>\u0301e\u0301", kTrusted), ElementsAre('e', 257, 0xCC, 0x81, 256));
  EXPECT_THAT(t.encode("<e\u0301>", kTrusted), ElementsAre('<', 256, '>'));  // only as it is written
}

TEST(Normaliser, ComposingForgesNoControlToken) {
  const Tokenizer t = with_pre("qwen2");
  const std::string text = "<e\u0301><\u00e9>";  // the first mark in pieces, the second whole
  for (const auto& quoted : {std::vector<Range>{{0, 2}}, {{2, 4}}, {{0, 5}}, {{1, 2}, {2, 4}}}) {
    EXPECT_THAT(t.encode_prompt(text, quoted, t.guarded("")), ElementsAre('<', 256, '>', 257));
  }
  const std::vector<Range> all = {{0, text.size()}};
  EXPECT_THAT(t.encode_prompt(text, all, t.guarded("")), ElementsAre('<', 256, '>', '<', 256, '>'));
}

TEST(Normaliser, AGuardedTokenIsNotComposedEither) {
  SmallVocabulary v = gpt2_vocabulary({"\u00c3 \u00a9"});
  v.pre = "qwen2";
  v.numbers["eos_token_id"] = 256;  // é itself
  const Tokenizer t = made(v);
  const std::vector<Range> all = {{0, 3}};
  EXPECT_THAT(t.encode_prompt("e\u0301", all, t.guarded("")), ElementsAre(0xC3, 0xA9));
}

}  // namespace
}  // namespace straddle::text
