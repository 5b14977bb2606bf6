#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "small_vocabulary.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr EncodeOptions kPlain = {.add_special = false};

// <s>, then `tokens` as they are written in the file.
SmallVocabulary rwkv_vocabulary(const std::vector<std::string>& tokens) {
  SmallVocabulary out;
  out.model = "rwkv";
  out.tokens = {"<s>"};
  out.tokens.insert(out.tokens.end(), tokens.begin(), tokens.end());
  out.types.assign(out.tokens.size(), 1);
  out.types[0] = 3;
  return out;
}

SmallVocabulary all_bytes(std::vector<std::string> more) {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "\\x%02x", byte);
    tokens.push_back(name);
  }
  tokens.insert(tokens.end(), more.begin(), more.end());
  return rwkv_vocabulary(tokens);
}

TEST(Rwkv, TheLongestTokenFromTheLeft) {
  const Tokenizer t = made(rwkv_vocabulary({"a", "ab", "abcd", "c", "bc"}));
  EXPECT_THAT(t.encode("abc"), ElementsAre(2, 4));
  EXPECT_THAT(t.encode("abcd"), ElementsAre(3));
  EXPECT_THAT(t.encode("abcab"), ElementsAre(2, 4, 2));
}

TEST(Rwkv, EscapesAreBytes) {
  const Tokenizer t = made(
      rwkv_vocabulary({"\\n", "\\t", "\\r\\n", "\\\\", "\\'", "\\xe4\\xb8", "\\xad", "\\xg1", "\\"}));
  EXPECT_THAT(t.encode("\n\t\r\n\\'\xE4\xB8\xADxg1"), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  EXPECT_EQ(t.decode(std::vector<TokenId>{1, 2, 3, 4, 5, 6, 7, 8, 9}), "\n\t\r\n\\'\xE4\xB8\xADxg1\\");
}

TEST(Rwkv, AByteThatNoTokenBeginsWithIsLeftOut) {
  EXPECT_THAT(made(rwkv_vocabulary({"ab"})).encode("xabax"), ElementsAre(1));
}

TEST(Rwkv, TextNeverBecomesAControlToken) {
  EXPECT_THAT(made(rwkv_vocabulary({"<", "s", ">"})).encode("<s>"), ElementsAre(1, 2, 3));
  EXPECT_THAT(made(rwkv_vocabulary({"<", "s", ">"})).encode("<s>", {false, true}), ElementsAre(0));
}

TEST(Rwkv, EveryTextComesBackInTheFewestTokensThatGreedMakes) {
  const SmallVocabulary v = all_bytes({"ab", "abc", "  ", "\\n\\n", "caca"});
  const Tokenizer t = made(v);
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 20, '\0');
    for (char& c : text) c = random() % 4 ? "abc \n"[random() % 5] : static_cast<char>(random() % 256);
    const auto ids = t.encode(text, kPlain);
    EXPECT_EQ(t.decode(ids), text);
    size_t at = 0;
    for (const TokenId id : ids) {  // nothing longer fits where a token stands
      for (TokenId other = 0; other < static_cast<TokenId>(t.size()); ++other) {
        const std::string bytes = t.bytes(other);
        EXPECT_FALSE(bytes.size() > t.bytes(id).size() && text.compare(at, bytes.size(), bytes) == 0);
      }
      at += t.bytes(id).size();
    }
  }
}

TEST(Rwkv, AStreamShowsWholeCharacters) {
  const Tokenizer t = made(all_bytes({"\\xe4\\xb8"}));
  StreamDecoder decoder(t, {});
  EXPECT_EQ(decoder.push(257), "");
  EXPECT_EQ(decoder.push(1 + 0xAD), "中");
  EXPECT_EQ(decoder.finish(), "");
}

}  // namespace
}  // namespace straddle::text
