#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "sample/naive.h"
#include "sample/sample.h"
#include "sample/with.h"
#include "testing/golden.h"

namespace straddle::sample {
namespace {

// Two tokens that end an answer (one of them with bytes), every byte, and pieces of JSON and of text.
std::vector<std::string> random_vocabulary(std::mt19937& random) {
  static const std::vector<std::string> parts{
      "{",  "}",   "[",  "]",    "\"",  ":",  ",",    " ",    "\n",      "\t",
      "a",  "the", "1",  "23",   "0.5", "e+", "-",    "tr",   "ue",      "null",
      "\\", "\\u", "d8", "\\\"", "é",   "😀",  "\xF0", "\x9F", "\x98\x80"};
  std::vector<std::string> out{"", "</s>"};
  for (int byte = 0; byte < 256; ++byte) out.emplace_back(1, char(byte));
  for (size_t n = random() % 300; n > 0; --n) {
    std::string token;
    for (size_t k = 1 + random() % 4; k > 0; --k) token += parts[random() % parts.size()];
    out.push_back(token);
  }
  return out;
}

TokenSet naive_mask(const TokenBytes& tokens, const JsonState& state) {
  TokenSet out(tokens.size());
  for (const int32_t id : tokens.ends()) out[size_t(id)] = state.complete();
  for (size_t id = 0; id < tokens.size(); ++id) {
    const auto ends = tokens.ends();
    const std::string_view bytes = tokens.of(int32_t(id));
    if (bytes.empty() || bytes.size() > 255 || std::count(ends.begin(), ends.end(), int32_t(id)))
      continue;
    JsonState next = state;
    out[id] =
        std::all_of(bytes.begin(), bytes.end(), [&](char byte) { return next.accept(uint8_t(byte)); });
  }
  return out;
}

// Answers with random logits; with time those of `closers` rise, so that they end.
class Writer {
 public:
  Writer(const TokenBytes& tokens, std::string_view closers)
      : tokens_(tokens), mask_(tokens), noise_(2 * tokens.size()) {
    std::mt19937 random(1);
    for (float& n : noise_) n = float(random() % 1024) / 256;
    for (int32_t id = 0; size_t(id) < tokens.size(); ++id) {
      const std::string_view bytes = tokens.of(id);
      if (bytes.size() == 1 && closers.find(bytes) != closers.npos) closers_.push_back(id);
    }
  }

  // The text, empty where it did not end within `most` tokens. watch: called before each choice.
  std::string write(unsigned seed, size_t most, const std::function<void(JsonAnswer&)>& watch) {
    Sampler sampler(with({"top_k=100"}), tokens_.size(), seed);
    JsonAnswer answer(mask_);
    std::mt19937 random(seed);
    std::vector<int32_t> history;
    std::string out;
    while (history.size() < most) {
      const auto from = noise_.begin() + long(random() % tokens_.size());
      std::vector<float> logits(from, from + long(tokens_.size()));
      for (const int32_t id : closers_) logits[size_t(id)] += float(history.size()) / 20;
      watch(answer);
      const int32_t id = sampler.choose(logits, history, &answer.allowed());
      EXPECT_GE(id, 0) << out;
      if (id < 0 || answer.complete()) return out;
      history.push_back(id);
      answer.accept(id);
      out += tokens_.of(id);
    }
    return {};
  }

 private:
  const TokenBytes& tokens_;
  JsonMask mask_;
  std::vector<float> noise_;
  std::vector<int32_t> closers_;
};

TEST(JsonMask, RandomWalksEndInJson) {
  size_t bytes = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const TokenBytes tokens(random_vocabulary(random), {0, 1});
    Writer writer(tokens, "\"}]:0123456789ABCDEFabcdef\\u\x80\x90");
    const std::string text = writer.write(seed, 5000, [&](JsonAnswer& answer) {
      ASSERT_TRUE(seed >= 30 || answer.allowed() == naive_mask(tokens, answer.state()));
    });
    ASSERT_FALSE(text.empty()) << seed;
    ASSERT_TRUE(nlohmann::json::accept(text)) << text;
    bytes += text.size();
  }
  EXPECT_GT(bytes, 300u * 20);
}

TEST(JsonMask, AnswersEndOnlyWhereTheObjectIsWhole) {
  const TokenBytes tokens(std::vector<std::string>{"{", "}", "", "{}", "</s>", "}\n", "{\"</s>"},
                          {2, 4});
  const JsonMask mask(tokens);
  JsonAnswer answer(mask);
  EXPECT_EQ(answer.allowed(), (TokenSet{true, false, false, true, false, false, true}));
  answer.accept(0);
  EXPECT_EQ(answer.allowed(), (TokenSet{false, true, false, false, false, false, false}));
  answer.accept(1);
  EXPECT_TRUE(answer.complete());
  EXPECT_EQ(answer.allowed(), (TokenSet{false, false, true, false, true, false, false}));
}

TEST(JsonMask, WhereNoTokenLeadsOnNoneIsAllowed) {
  const TokenBytes tokens(std::vector<std::string>{"{", "a", std::string(256, ' ')}, {});
  const JsonMask mask(tokens);
  JsonAnswer answer(mask);
  answer.accept(0);
  EXPECT_EQ(answer.allowed(), TokenSet(3));
  EXPECT_EQ(Sampler(with({}), 3, 1).choose(std::vector<float>(3), {}, &answer.allowed()), -1);
}

Result<TokenBytes> read_tokens(const std::string& path) {
  const auto file = gguf::File::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  const auto tokenizer = text::Tokenizer::from(*file);
  if (!tokenizer) return tl::unexpected<Error>(tokenizer.error());
  return TokenBytes(*tokenizer);
}

TEST(JsonMask, IsExactOnARealVocabulary) {
  STRADDLE_GOLDEN_OR_SKIP(path, "tokenizers/vocab/gpt-2.gguf");
  const auto tokens = read_tokens(path);
  ASSERT_TRUE(tokens);
  const JsonMask mask(*tokens);
  TokenSet allowed;
  JsonState state;
  for (const char byte :
       std::string_view("\n{ \"k\\n\\ud83d\\ude00é\" : [ {}, -12.5e7, \"\", true ] }")) {
    ASSERT_TRUE(state.accept(uint8_t(byte)));
    mask.allow(state, allowed);
    ASSERT_EQ(allowed, naive_mask(*tokens, state)) << byte;
  }
}

TEST(JsonMask, TwoHundredAnswersOfARealVocabularyParse) {
  STRADDLE_GOLDEN_OR_SKIP(path, "tokenizers/vocab/qwen2.gguf");
  const auto tokens = read_tokens(path);
  ASSERT_TRUE(tokens);
  Writer writer(*tokens, "\"}]:");
  size_t ended = 0, bytes = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const std::string text = writer.write(seed, 300, [](JsonAnswer&) {});
    EXPECT_TRUE(text.empty() || nlohmann::json::accept(text)) << text;
    ended += !text.empty();
    bytes += text.size();
  }
  EXPECT_GT(ended, 150u);
  EXPECT_GT(bytes, 200u * 100);
}

}  // namespace
}  // namespace straddle::sample
