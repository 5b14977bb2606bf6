#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/utf8.h"
#include "small_vocabulary.h"
#include "text/text.h"

namespace straddle::text {
namespace {

using ::testing::IsEmpty;

constexpr TokenId kBos = 1, kFirstByte = 3, kFirstPiece = 259;

std::string stream(const Tokenizer& tokenizer, const std::vector<TokenId>& prompt,
                   const std::vector<TokenId>& ids) {
  StreamDecoder decoder(tokenizer, prompt);
  std::string out;
  for (const TokenId id : ids) out += decoder.push(id);
  return out + decoder.finish();
}

TEST(StreamDecoder, HoldsBytesUntilTheyAreACharacter) {
  const Tokenizer t = made(llama_vocabulary({"a"}));
  StreamDecoder decoder(t, {});
  EXPECT_EQ(decoder.push(kFirstByte + 0xE4), "");
  EXPECT_EQ(decoder.push(kFirstByte + 0xB8), "");
  EXPECT_EQ(decoder.push(kFirstByte + 0xAD), "中");
  EXPECT_EQ(decoder.push(kFirstPiece), "a");
  EXPECT_EQ(decoder.finish(), "");
}

TEST(StreamDecoder, WhatIsLeftOrWrongBecomesTheReplacementCharacter) {
  const Tokenizer t = made(llama_vocabulary({"a"}));
  EXPECT_EQ(stream(t, {}, {kFirstByte + 0xF0, kFirstByte + 0x9F}), "\xEF\xBF\xBD");
  EXPECT_EQ(stream(t, {}, {kFirstByte + 0xE4, kFirstPiece}),
            "\xEF\xBF\xBD"
            "a");
  EXPECT_EQ(stream(t, {}, {kFirstByte + 0xFF}), "\xEF\xBF\xBD");
}

TEST(StreamDecoder, TheFirstSpaceIsShownOnlyBehindText) {
  const Tokenizer t = made(llama_vocabulary({"▁a", "b"}));
  EXPECT_EQ(stream(t, {}, {kFirstPiece, kFirstPiece}), "a a");
  EXPECT_EQ(stream(t, {kBos}, {kFirstPiece}), "a");
  EXPECT_EQ(stream(t, {kBos, kFirstPiece + 1}, {kFirstPiece}), " a");
}

TEST(StreamDecoder, ControlTokensAndIdsOfNoTokenShowNothing) {
  const Tokenizer t = made(llama_vocabulary({"a"}));
  EXPECT_EQ(stream(t, {}, {kBos, -1, 99999, kFirstPiece, 2}), "a");
}

TEST(StreamDecoder, AnyIdsGiveTheTextOfDecodeAsValidUtf8) {
  const Tokenizer t = made(llama_vocabulary({"▁a", "中", "b"}));
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::vector<TokenId> ids(random() % 12);
    for (TokenId& id : ids) id = static_cast<TokenId>(random() % t.size());
    EXPECT_EQ(stream(t, {}, ids), replace_invalid(t.decode(ids, false)));
  }
}

}  // namespace
}  // namespace straddle::text
