// What a file may say about its vocabulary, and what we answer.
#include "text/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "small_vocabulary.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string refusal(const SmallVocabulary& vocabulary) {
  const auto tokenizer = make(vocabulary);
  return tokenizer ? "accepted" : one_line(tokenizer.error());
}

TEST(Vocabulary, RefusalsNameWhatIsWrong) {
  SmallVocabulary v = llama_vocabulary({"a"});
  v.model = "martian";
  EXPECT_THAT(refusal(v), HasSubstr("tokenizer model 'martian' is not supported"));

  v = llama_vocabulary({"a"});
  v.types[259] = 7;
  EXPECT_THAT(refusal(v), HasSubstr("tokenizer.ggml.token_type of token 259 is 7, known are 1 to 6"));

  v = llama_vocabulary({"a"});
  v.types.pop_back();
  EXPECT_THAT(refusal(v), HasSubstr("tokenizer.ggml.token_type has 259 entries for 260 tokens"));

  v = llama_vocabulary({"a"});
  v.scores.push_back(0);
  EXPECT_THAT(refusal(v), HasSubstr("tokenizer.ggml.scores has 261 entries for 260 tokens"));

  v = llama_vocabulary({"a"});
  v.scores[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refusal(v), HasSubstr("tokenizer.ggml.scores of token 7 is not a number"));

  v = gpt2_vocabulary({"a b"});
  v.merges.clear();
  EXPECT_THAT(refusal(v), HasSubstr("tokenizer.ggml.merges"));

  v = llama_vocabulary({});
  v.tokens.clear(), v.types.clear(), v.scores.clear();
  EXPECT_THAT(refusal(v), HasSubstr("tokenizer.ggml.tokens"));
}

TEST(Vocabulary, WarningsNameTheRisk) {
  std::vector<std::string> warnings;
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.pre.clear();
  EXPECT_TRUE(make(v, &warnings));
  EXPECT_THAT(warnings, ElementsAre("tokenizer.ggml.pre is missing: words are cut by the default "
                                    "pattern, and answers may be worse"));
  warnings.clear();
  v.pre = "martian";
  EXPECT_TRUE(make(v, &warnings));
  EXPECT_THAT(warnings, ElementsAre("pre-tokenizer 'martian' is not known: words are cut by the default "
                                    "pattern, and answers may be worse"));
  warnings.clear();
  v = llama_vocabulary({"a"});
  v.numbers["eos_token_id"] = 4000000000u;
  EXPECT_TRUE(make(v, &warnings));
  EXPECT_THAT(warnings, ElementsAre("tokenizer.ggml.eos_token_id is 4000000000, outside the vocabulary "
                                    "of 260 tokens: ignored"));
  warnings.clear();
  v = gpt2_vocabulary({"a b"});
  v.merges = {"a b", "nospace", "one two three", "", " ", "x ", "☃ a"};
  EXPECT_TRUE(make(v, &warnings));
  EXPECT_THAT(warnings, ElementsAre("6 of 7 entries of tokenizer.ggml.merges are not two symbols of the "
                                    "byte alphabet: ignored"));
  warnings.clear();
  v = gpt2_vocabulary({"a b"});
  v.flags["add_bos_token"] = true;
  EXPECT_FALSE(made(v).adds_bos());
  EXPECT_TRUE(make(v, &warnings));
  EXPECT_THAT(warnings, ElementsAre("the file wants a BOS token but names none: none is added"));
}

TEST(Vocabulary, AGoodFileGivesNoWarning) {
  std::vector<std::string> warnings;
  EXPECT_TRUE(make(llama_vocabulary({"a", "b"}), &warnings));
  EXPECT_TRUE(make(gpt2_vocabulary({"a b"}), &warnings));
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(Vocabulary, OfTokensWithTheSameTextTheFirstIsUsed) {
  const Tokenizer t = made(llama_vocabulary({"▁a", "▁", "a", "a", "▁a"}));
  EXPECT_THAT(t.encode("a", {.add_special = false}), ElementsAre(259));
}

// ---- what tokens are: by types and keys, and by names where the file leaves it open

const std::vector<std::string> kNamesOfEnds = {"<|eot_id|>",
                                               "<|im_end|>",
                                               "<|end|>",
                                               "<end_of_turn>",
                                               "<|endoftext|>",
                                               "<|end_of_text|>",
                                               "<|eom_id|>",
                                               "</s>",
                                               "<EOT>",
                                               "_<EOT>",
                                               "[EOT]",
                                               "[EOS]",
                                               "<eos>",
                                               "<end_of_utterance>",
                                               "<turn|>",
                                               "<|return|>",
                                               "<｜end▁of▁sentence｜>",
                                               "[e~[",
                                               "<|fim_pad|>",
                                               "<|repo_name|>",
                                               "<|file_sep|>"};
const std::vector<std::string> kNamesOfGaps = {"<|fim_prefix|>", "<fim_suffix>", "▁<MID>"};

// Bytes (0 to 255) and "ab" (256), then a control token (257), then `names` of a type.
SmallVocabulary with_names(const std::vector<std::string>& names, TokenType type) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.tokens.push_back("<go>");
  v.types.push_back(3);
  v.tokens.insert(v.tokens.end(), names.begin(), names.end());
  v.types.resize(v.tokens.size(), static_cast<int32_t>(type));
  return v;
}
constexpr TokenId kNamed = 258;

// Ids, from kNamed on, that end generation, or that are of type control.
struct Roles {
  std::vector<TokenId> ends, controls;
};

Roles roles_of(const Tokenizer& t) {
  Roles out;
  for (TokenId id = 0; id < static_cast<TokenId>(t.size()); ++id) {
    if (t.ends_generation(id)) out.ends.push_back(id);
    if (t.type(id) == TokenType::control && id >= kNamed) out.controls.push_back(id);
  }
  return out;
}

std::vector<TokenId> ids_from(TokenId first, size_t count) {
  std::vector<TokenId> out(count);
  std::iota(out.begin(), out.end(), first);
  return out;
}

TEST(Roles, AControlTokenWithANameOfAnEndIsOne) {
  const auto roles = roles_of(made(with_names(kNamesOfEnds, TokenType::control)));
  EXPECT_EQ(roles.ends, ids_from(kNamed, kNamesOfEnds.size()));
  EXPECT_THAT(roles_of(made(with_names(kNamesOfGaps, TokenType::control))).ends, IsEmpty());
}

TEST(Roles, AnOrdinaryOrUserDefinedPieceIsNoEndAndNoControlToken) {
  for (const TokenType type : {TokenType::normal, TokenType::user_defined, TokenType::unused}) {
    for (const auto& names : {kNamesOfEnds, kNamesOfGaps}) {
      const Tokenizer t = made(with_names(names, type));
      EXPECT_THAT(roles_of(t).ends, IsEmpty());
      EXPECT_THAT(roles_of(t).controls, IsEmpty());
      EXPECT_EQ(t.type(kNamed), type);
    }
  }
}

TEST(Roles, WhereNoTypeSaysAnythingNamesDo) {
  for (const bool has_types : {false, true}) {
    auto names = kNamesOfEnds;
    names.insert(names.end(), kNamesOfGaps.begin(), kNamesOfGaps.end());
    SmallVocabulary v = with_names(names, TokenType::normal);
    v.types[257] = 1;  // so that none is a control token
    if (!has_types) v.types.clear();
    const auto roles = roles_of(made(v));
    EXPECT_EQ(roles.ends, ids_from(kNamed, kNamesOfEnds.size()));
    EXPECT_EQ(roles.controls, ids_from(kNamed, names.size()));
    if (!has_types) continue;
    v.types.back() = 4;  // a user-defined one stays what it is
    EXPECT_EQ(roles_of(made(v)).controls, ids_from(kNamed, names.size() - 1));
  }
}

TEST(Roles, AUserDefinedEndCountsWhereTheChatTemplateWritesIt) {
  SmallVocabulary v = with_names({"<end_of_turn>", "</s>"}, TokenType::user_defined);
  v.chat_template = "{{ messages[0].content }}<end_of_turn>";
  EXPECT_THAT(roles_of(made(v)).ends, ElementsAre(kNamed));
  EXPECT_THAT(roles_of(made(v)).controls, IsEmpty());
  EXPECT_TRUE(made(v).guarded(v.chat_template)[kNamed]);
  for (auto& type : v.types) type = type == 4 ? 1 : type;  // an ordinary one does not
  EXPECT_THAT(roles_of(made(v)).ends, IsEmpty());
}

TEST(Roles, OfTokensWithOneNameThoseOfTheRightTypeCount) {
  SmallVocabulary v = with_names({"</s>", "</s>", "</s>"}, TokenType::control);
  v.types[kNamed] = 1;
  EXPECT_THAT(roles_of(made(v)).ends, ElementsAre(kNamed + 1, kNamed + 2));
}

TEST(Roles, EveryKeyThatNamesEndsIsRead) {
  for (const char* key :
       {"eos_token_id", "eot_token_id", "eom_token_id", "eos_token_ids", "eog_token_ids",
        "stop_token_ids", "fim_pad_token_id", "fim_rep_token_id", "fim_sep_token_id"}) {
    SmallVocabulary v = with_names({"<a>", "<b>"}, TokenType::normal);
    v.numbers = {{key, kNamed}};
    EXPECT_THAT(roles_of(made(v)).ends, ElementsAre(kNamed)) << key;
    v.numbers.clear();
    v.lists = {{key, {kNamed + 1, kNamed}}};
    EXPECT_THAT(roles_of(made(v)).ends, ElementsAre(kNamed, kNamed + 1)) << key;
    EXPECT_THAT(roles_of(made(v)).controls, IsEmpty()) << key;
  }
}

TEST(Roles, APieceWithANameOfAnEndIsCutOutOfTrustedTextAndStaysWhatItIs) {
  SmallVocabulary v = with_names({"</s>", "<eos>", "</s>"}, TokenType::control);
  v.types[kNamed] = 1, v.types[kNamed + 1] = 4;
  const Tokenizer t = made(v);
  EXPECT_THAT(t.encode("</s><eos>", {false, true}), ElementsAre(kNamed + 2, kNamed + 1));
  v.tokens.back() = "x";
  const Tokenizer alone = made(v);
  EXPECT_THAT(alone.encode("</s>", {false, true}), ElementsAre(kNamed));
  EXPECT_THAT(alone.encode("</s>", {false, false}), ElementsAre('<', '/', 's', '>'));
  // In what somebody says the ordinary piece is text, the user-defined one is itself.
  const std::vector<Range> quoted = {{4, 13}};
  EXPECT_THAT(alone.encode_prompt("</s></s><eos>", quoted, alone.guarded(""), false),
              ElementsAre(kNamed, '<', '/', 's', '>', kNamed + 1));
  EXPECT_EQ(alone.bytes(kNamed), "</s>");
}

TEST(Roles, OfAListTheFirstIsEosAndBos) {
  SmallVocabulary v = with_names({"<a>", "<b>"}, TokenType::control);
  v.lists = {{"eos_token_id", {-1, kNamed + 1, kNamed}}, {"bos_token_id", {kNamed}}};
  std::vector<std::string> warnings;
  const auto t = make(v, &warnings);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->eos(), kNamed + 1);
  EXPECT_EQ(t->bos(), kNamed);
  EXPECT_THAT(warnings, ElementsAre("tokenizer.ggml.eos_token_id has -1, outside the vocabulary of 260 "
                                    "tokens: ignored"));
}

TEST(Roles, ManyIdsOutsideTheVocabularyAreOneWarning) {
  SmallVocabulary v = with_names({"<a>"}, TokenType::control);
  v.lists = {{"eos_token_ids", {9999, kNamed, -1, 300}}};
  std::vector<std::string> warnings;
  const auto t = make(v, &warnings);
  ASSERT_TRUE(t);
  EXPECT_TRUE(t->ends_generation(kNamed));
  EXPECT_THAT(warnings, ElementsAre("tokenizer.ggml.eos_token_ids has 9999 and 2 more, outside the "
                                    "vocabulary of 259 tokens: ignored"));
}

TEST(Roles, AKeyGoesBeforeTheNamesOfItsKind) {
  SmallVocabulary v = with_names({"<|fim_pad|>", "<x>"}, TokenType::control);
  v.numbers = {{"fim_pad_token_id", kNamed + 1}};
  EXPECT_THAT(roles_of(made(v)).ends, ElementsAre(kNamed + 1));
}

TEST(Roles, EndIsNoEndBesideReturnAndCall) {
  const auto with = [](const std::vector<std::string>& names) {
    return made(with_names(names, TokenType::control));
  };
  EXPECT_TRUE(with({"<|end|>", "<|return|>"}).ends_generation(kNamed));
  EXPECT_FALSE(with({"<|end|>", "<|return|>", "<|call|>"}).ends_generation(kNamed));
  EXPECT_FALSE(with({"<|end|>", "<|flush|>", "<|calls|>"}).ends_generation(kNamed));
  EXPECT_EQ(with({"<|end|>", "<|return|>", "<|call|>"}).type(kNamed), TokenType::user_defined);
  EXPECT_FALSE(with({"</s>", "<|tool_response>"}).ends_generation(kNamed));
  EXPECT_TRUE(with({"</s>", "<|tool_response>"}).ends_generation(kNamed + 1));
  SmallVocabulary v = with_names({"<|end|>", "<|return|>", "<|call|>"}, TokenType::control);
  for (const char* key : {"eot_token_id", "eos_token_id"}) {
    v.numbers = {{key, kNamed}};  // unless a key says so
    EXPECT_TRUE(made(v).ends_generation(kNamed));
  }
  v = with_names({"<|end|>", "<|end|>", "<|return|>", "<|call|>"}, TokenType::control);
  EXPECT_THAT(roles_of(made(v)).ends, ElementsAre(kNamed + 2, kNamed + 3));
}

TEST(Vocabulary, IdsOutOfRangeEndNothing) {
  const Tokenizer t = made(with_names({"</s>"}, TokenType::control));
  for (const TokenId id : {-1, 1 << 30, TokenId('a')}) EXPECT_FALSE(t.ends_generation(id));
}

TEST(Vocabulary, IdsOutOfRangeAreNoTokens) {
  const Tokenizer t = made(llama_vocabulary({"a"}));
  for (const TokenId id :
       {-1, 260, std::numeric_limits<TokenId>::max(), std::numeric_limits<TokenId>::min()}) {
    EXPECT_EQ(t.piece(id), "");
    EXPECT_EQ(t.type(id), TokenType::unused);
    EXPECT_EQ(t.decode(std::vector<TokenId>{id}), "");
  }
}

}  // namespace
}  // namespace straddle::text
