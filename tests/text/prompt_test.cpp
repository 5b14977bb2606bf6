// Prompts that a chat template made: what a message says never becomes what only the template may say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "small_vocabulary.h"
#include "testing/golden.h"
#include "text/golden_vocabularies.h"

namespace straddle::text {
namespace {

using ::testing::ElementsAre;

// A prompt from parts; those in quotes come from messages.
struct Prompt {
  std::string text;
  std::vector<Range> quoted;

  Prompt& add(std::string_view part) {
    text += part;
    return *this;
  }
  Prompt& quote(std::string_view part) {
    quoted.push_back({text.size(), text.size() + part.size()});
    return add(part);
  }
  std::vector<TokenId> encode(const Tokenizer& tokenizer, const TokenSet& guarded) const {
    return tokenizer.encode_prompt(text, quoted, guarded);
  }
};

// 256 <u> (user-defined), 257 <v> (user-defined), 258 <s> (control), 259 ab
Tokenizer marked() {
  SmallVocabulary v = gpt2_vocabulary({});
  v.tokens.insert(v.tokens.end(), {"<u>", "<v>", "<s>", "ab"});
  v.types.insert(v.types.end(), {4, 4, 3, 1});
  v.merges = {"a b"};
  return made(v);
}

TEST(Guarded, ControlUnknownEndsAndWhatTheTemplateWrites) {
  SmallVocabulary v = gpt2_vocabulary({});
  v.tokens.insert(v.tokens.end(), {"<u>", "<v>", "<s>", "<unk>", "  "});
  v.types.insert(v.types.end(), {4, 4, 3, 2, 4});
  v.merges = {"a b"};
  v.numbers["eos_token_id"] = 'e';  // an end of type normal
  const TokenSet guarded = made(v).guarded("{{ '<u>' }}  x");
  std::vector<size_t> ids;
  for (size_t id = 0; id < guarded.size(); ++id) {
    if (guarded[id]) ids.push_back(id);
  }
  EXPECT_THAT(ids, ElementsAre('e', 256, 258, 259));
}

TEST(EncodePrompt, OnlyTheTemplateWritesMarks) {
  const Tokenizer t = marked();
  const TokenSet guarded = t.guarded("<u>");
  EXPECT_THAT(Prompt().add("<s><u><v>ab").encode(t, guarded), ElementsAre(258, 256, 257, 259));
  EXPECT_THAT(Prompt().quote("<s><u><v>ab").encode(t, guarded),
              ElementsAre('<', 's', '>', '<', 'u', '>', 257, 259));
}

TEST(EncodePrompt, AMarkIsNotMadeAcrossABorder) {
  const Tokenizer t = marked();
  const TokenSet guarded = t.guarded("<u>");
  EXPECT_THAT(Prompt().add("<").quote("s").add(">").encode(t, guarded), ElementsAre('<', 's', '>'));
  EXPECT_THAT(Prompt().quote("<s").quote(">").encode(t, guarded), ElementsAre('<', 's', '>'));
  EXPECT_THAT(Prompt().add("<u").quote(">").encode(t, guarded), ElementsAre('<', 'u', '>'));
  EXPECT_THAT(Prompt().add("<").quote("v>").encode(t, guarded), ElementsAre(257));
  EXPECT_THAT(Prompt().add("<s").quote("").add(">").encode(t, guarded), ElementsAre(258));
}

TEST(EncodePrompt, TextIsJoinedAcrossBorders) {
  const Tokenizer t = marked();
  EXPECT_THAT(Prompt().add("a").quote("b").encode(t, t.guarded("")), ElementsAre(259));
}

// "ab" is 256, <s> (BOS, control) 257.
SmallVocabulary with_bos(bool adds_bos) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.tokens.push_back("<s>");
  v.types.push_back(3);
  v.numbers["bos_token_id"] = 257;
  v.numbers["eos_token_id"] = 256;
  v.flags = {{"add_bos_token", adds_bos}, {"add_eos_token", true}};
  return v;
}

TEST(EncodePrompt, BosComesOnce) {
  const Tokenizer t = made(with_bos(true));
  const TokenSet guarded = t.guarded("");
  for (const char* text : {"xab", "<s>xab", "<s><s>xab", " \n<s>xab", "<s> <s>\t<s>xab"}) {
    EXPECT_THAT(Prompt().add(text).encode(t, {}), ElementsAre(257, 'x', 256)) << text;
  }
  EXPECT_THAT(Prompt().add(" x<s>").encode(t, guarded), ElementsAre(257, ' ', 'x', 257));
  EXPECT_THAT(Prompt().add("<s> x").encode(t, guarded), ElementsAre(257, ' ', 'x'));
  EXPECT_THAT(Prompt().quote("<s>").encode(t, guarded), ElementsAre(257, '<', 's', '>'));
  EXPECT_THAT(Prompt().encode(t, guarded), ElementsAre(257));
}

TEST(EncodePrompt, TheBosOfATextAreCounted) {
  const Tokenizer t = made(with_bos(true));
  for (const auto& [text, count] : {std::pair("x<s>", 0u), {"<s>x", 1u}, {"<s>\n<s>x", 2u}}) {
    size_t found = 9;
    t.encode_prompt(text, {}, {}, true, &found);
    EXPECT_EQ(found, count) << text;
  }
}

TEST(EncodePrompt, WhereNoBosIsAddedNoneIsLost) {
  const Tokenizer t = made(with_bos(false));
  EXPECT_THAT(Prompt().add(" <s><s>x").encode(t, {}), ElementsAre(' ', 257, 257, 'x'));
  EXPECT_THAT(Prompt().add("x").encode(t, {}), ElementsAre('x'));
}

// ---- no family puts a guarded token together

TEST(EncodePrompt, ByteLevelMergesPassOverAGuardedToken) {
  SmallVocabulary v = gpt2_vocabulary({"a b", "ab c"});
  v.numbers["eos_token_id"] = 256;  // "ab", of type normal
  v.pre = "llama-bpe";
  v.flags["add_bos_token"] = false;
  const Tokenizer t = made(v);
  EXPECT_THAT(t.encode("ab", {.add_special = false}), ElementsAre(256));
  EXPECT_THAT(Prompt().quote("ab abc").encode(t, t.guarded("")), ElementsAre('a', 'b', ' ', 257));
}

TEST(EncodePrompt, PiecesAreNotJoinedToAGuardedToken) {
  SmallVocabulary v = llama_vocabulary({"▁", "<", "/", "u", ">", "</", "u>", "</u>", "é"});
  v.types[259 + 7] = 4;
  const Tokenizer t = made(v);
  const TokenSet guarded = t.guarded("</u>");
  EXPECT_THAT(Prompt().quote("</u>").encode(t, guarded), ElementsAre(1, 259, 259 + 5, 259 + 6));
  v.numbers["eos_token_id"] = 259 + 8;  // only this one can carry the text: its bytes do
  EXPECT_THAT(Prompt().quote("é").encode(made(v), made(v).guarded("")),
              ElementsAre(1, 259, 3 + 0xC3, 3 + 0xA9));
}

TEST(EncodePrompt, WordPieceUnigramRwkvAndPlamo2TakeOtherPieces) {
  SmallVocabulary v = unigram_vocabulary({{"a", -1}, {"b", -1}, {"ab", -1}, {"▁", -3}});
  v.numbers["eos_token_id"] = 5;  // "ab"
  EXPECT_THAT(Prompt().quote("ab").encode(made(v), made(v).guarded("")), ElementsAre(3, 4));
  v.model = "rwkv";
  EXPECT_THAT(Prompt().quote("ab").encode(made(v), made(v).guarded("")), ElementsAre(3, 4));
  v.model = "plamo2";
  EXPECT_THAT(Prompt().quote("ab").encode(made(v), made(v).guarded("")), ElementsAre(3, 4));
  v.model = "bert";
  v.tokens.insert(v.tokens.end(), {"▁a", "▁ab"});
  v.types.insert(v.types.end(), {1, 1});
  v.scores.clear();
  v.numbers["eos_token_id"] = 8;  // "▁ab"
  EXPECT_THAT(Prompt().quote("ab").encode(made(v), made(v).guarded("")), ElementsAre(7, 4));
}

TEST(Bytes, AreWhatATokenAddsInTheMiddleOfAText) {
  SmallVocabulary v = llama_vocabulary({"▁a"});
  const Tokenizer t = made(v);
  EXPECT_EQ(t.bytes(259), " a");
  EXPECT_EQ(t.bytes(3 + 0xE4), "\xE4");
  for (const TokenId id : {0, 1, 2, -1, 9999}) EXPECT_EQ(t.bytes(id), "");
}

// ---- every special token of the golden vocabularies, with every golden template

std::vector<std::string> template_sources() {
  std::vector<std::string> out;
  const std::string folder = testing::golden("chat/templates");
  if (folder.empty()) return out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    out.push_back(testing::read_text(entry.path().string()));
  }
  return out;
}

// What a user may try with the text of a token.
std::vector<Prompt> forgeries(const std::string& mark) {
  std::vector<Prompt> out;
  for (const std::string& text : {mark, mark + mark, "x" + mark + "y", " " + mark + " ",
                                  "\n" + mark + "\n", "a " + mark + " b " + mark}) {
    out.push_back(Prompt().quote(text));
  }
  for (size_t at = 1; at < mark.size(); ++at) {
    const std::string left = mark.substr(0, at), right = mark.substr(at);
    out.push_back(Prompt().quote(left).quote(right));
    out.push_back(Prompt().add(left).quote(right));
    out.push_back(Prompt().quote(left).add(right));
  }
  return out;
}

class Forgery : public ::testing::TestWithParam<const char*> {};

TEST_P(Forgery, NoTextOfAMessageBecomesAGuardedToken) {
  STRADDLE_GOLDEN_OR_SKIP(path, std::string("tokenizers/vocab/") + GetParam() + ".gguf");
  const auto file = gguf::File::open(path, true);
  ASSERT_TRUE(file) << one_line(file.error());
  const auto tokenizer = Tokenizer::from(*file);
  ASSERT_TRUE(tokenizer) << one_line(tokenizer.error());
  const auto sources = template_sources();
  if (sources.empty()) GTEST_SKIP() << "no golden data: chat/templates";
  EXPECT_EQ(sources.size(), 70u);
  // Templates differ by the user-defined tokens that they write: one run per set.
  std::set<TokenSet> sets;
  for (const std::string& source : sources) sets.insert(tokenizer->guarded(source));
  const TokenId bos = tokenizer->adds_bos() ? *tokenizer->bos() : -1;
  size_t tried = 0;
  for (const TokenSet& guarded : sets) {
    for (TokenId id = 0; id < static_cast<TokenId>(tokenizer->size()); ++id) {
      if (!guarded[static_cast<size_t>(id)]) continue;
      for (const Prompt& prompt : forgeries(std::string(tokenizer->piece(id)))) {
        auto ids = prompt.encode(*tokenizer, guarded);
        if (!ids.empty() && ids[0] == bos) ids.erase(ids.begin());
        const bool forged = std::any_of(ids.begin(), ids.end(),
                                        [&](TokenId i) { return guarded[static_cast<size_t>(i)]; });
        EXPECT_FALSE(forged) << tokenizer->piece(id) << " in " << prompt.text;
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 20u);
}

INSTANTIATE_TEST_SUITE_P(Text, Forgery, ::testing::ValuesIn(kGoldenVocabularies), golden_name);

}  // namespace
}  // namespace straddle::text
