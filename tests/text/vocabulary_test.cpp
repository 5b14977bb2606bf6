// What a file may say about its vocabulary, and what we answer.
#include "text/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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

TEST(Vocabulary, EveryNameOfAnEndEndsGeneration) {
  SmallVocabulary v = gpt2_vocabulary({});
  v.merges = {"a b"};
  for (const char* name : {"<|eot_id|>",
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
                           "<|file_sep|>"}) {
    v.tokens.push_back(name);
    v.types.push_back(1);  // whatever the file says
  }
  const Tokenizer t = made(v);
  for (size_t id = 256; id < v.tokens.size(); ++id) {
    EXPECT_TRUE(t.ends_generation(static_cast<TokenId>(id))) << v.tokens[id];
    EXPECT_EQ(t.type(static_cast<TokenId>(id)), TokenType::control) << v.tokens[id];
  }
  EXPECT_FALSE(t.ends_generation('a'));
  EXPECT_FALSE(t.ends_generation(-1));
  EXPECT_FALSE(t.ends_generation(1 << 30));
}

TEST(Vocabulary, TheIdsOfTheFileEndGenerationToo) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.numbers = {{"eos_token_id", 3}, {"eot_token_id", 4}, {"eom_token_id", 5}, {"fim_pad_token_id", 6}};
  const Tokenizer t = made(v);
  for (const TokenId id : {3, 4, 5, 6}) EXPECT_TRUE(t.ends_generation(id)) << id;
  EXPECT_FALSE(t.ends_generation(7));
  EXPECT_EQ(t.eos(), 3);
}

TEST(Vocabulary, EndIsNoEndBesideReturnAndCall) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  const auto with = [&v](std::vector<std::string> names) {
    SmallVocabulary out = v;
    out.tokens.insert(out.tokens.end(), names.begin(), names.end());
    out.types.resize(out.tokens.size(), 3);
    return made(out);
  };
  EXPECT_TRUE(with({"<|end|>", "<|return|>"}).ends_generation(257));
  EXPECT_FALSE(with({"<|end|>", "<|return|>", "<|call|>"}).ends_generation(257));
  EXPECT_FALSE(with({"<|end|>", "<|flush|>", "<|calls|>"}).ends_generation(257));
  EXPECT_FALSE(with({"</s>", "<|tool_response>"}).ends_generation(257));
  EXPECT_TRUE(with({"</s>", "<|tool_response>"}).ends_generation(258));
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
