#include "text/special_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "small_vocabulary.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Vocabulary vocabulary_of(const std::vector<std::pair<std::string, TokenType>>& tokens) {
  Vocabulary out;
  for (const auto& [text, type] : tokens) {
    out.texts.add(text);
    out.types.push_back(type);
  }
  return out;
}

// "text" for plain text, "#id" for a token.
std::vector<std::string> cut(const SpecialTokens& special, std::string_view text, bool parse = true) {
  std::vector<std::string> out;
  for (const Fragment& f : special.cut(text, {.parse_special = parse})) {
    out.push_back(f.id == kPlainText ? std::string(f.text)
                                     : std::string("#").append(std::to_string(f.id)));
  }
  return out;
}

class Cut : public ::testing::Test {
 protected:
  Warnings warnings_;
  SpecialTokens make(const std::vector<std::pair<std::string, TokenType>>& tokens,
                     std::string_view name = "") {
    return SpecialTokens(vocabulary_of(tokens), name, warnings_);
  }
};

TEST_F(Cut, ControlTokensOnlyWhereTheTextIsTrusted) {
  const auto s = make({{"<s>", TokenType::control},
                       {"<u>", TokenType::user_defined},
                       {"<k>", TokenType::unknown},
                       {"a", TokenType::normal},
                       {"<0x0A>", TokenType::byte}});
  EXPECT_THAT(cut(s, "a<s>b<u><k>"), ElementsAre("a", "#0", "b", "#1", "#2"));
  EXPECT_THAT(cut(s, "a<s>b<u><k>", false), ElementsAre("a<s>b", "#1", "<k>"));
  EXPECT_THAT(cut(s, "a<0x0A>"), ElementsAre("a<0x0A>"));
  EXPECT_THAT(cut(s, ""), IsEmpty());
}

TEST_F(Cut, TheLongestTokenAtAPlaceWins) {
  const auto s = make({{"<|a", TokenType::control},
                       {"<|a|>", TokenType::control},
                       {"<|", TokenType::user_defined},
                       {"  ", TokenType::user_defined},
                       {"   ", TokenType::user_defined}});
  EXPECT_THAT(cut(s, "<|a|><|a<|<|b"), ElementsAre("#1", "#0", "#2", "#2", "b"));
  EXPECT_THAT(cut(s, "<|a|>", false), ElementsAre("#2", "a|>"));
  EXPECT_THAT(cut(s, "x     y"), ElementsAre("x", "#4", "#3", "y"));
}

TEST_F(Cut, TokensOfAnyBytes) {
  const auto s = make({{"\xFF", TokenType::control},
                       {std::string("\0x", 2), TokenType::control},
                       {"", TokenType::control}});
  EXPECT_THAT(cut(s, std::string("a\xFF\0x", 4)), ElementsAre("a", "#0", "#1"));
}

TEST_F(Cut, Phi3TokensTakeTheSpaceBehindThem) {
  const std::vector<std::pair<std::string, TokenType>> tokens = {
      {"<|user|>", TokenType::control}, {"<s>", TokenType::control}, {"<unk>", TokenType::unknown}};
  EXPECT_THAT(cut(make(tokens, "Phi3"), "<|user|> \n hi <s> x<|user|> <s>"),
              ElementsAre("#0", "hi ", "#1", " x", "#0", "#1"));
  EXPECT_THAT(cut(make(tokens, "other"), "<|user|> hi"), ElementsAre("#0", " hi"));
}

TEST_F(Cut, AHugeTokenIsNamedAndNotLookedFor) {
  const auto s = make({{std::string(5000, 'x'), TokenType::control}, {"<s>", TokenType::control}});
  EXPECT_THAT(warnings_,
              ElementsAre("1 special tokens are longer than 1024 bytes: not looked for in texts"));
  EXPECT_THAT(cut(s, std::string(5000, 'x') + "<s>"), SizeIs(2));
}

}  // namespace
}  // namespace straddle::text
