// Every pre-tokenizer against its regular expression, on random texts.
#include "text/pretokenizers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/utf8.h"
#include "patterns.h"
#include "regex_oracle.h"

namespace straddle::text {
namespace {

std::string utf8(uint32_t code) {
  std::string out;
  append_utf8(out, code);
  return out;
}

// PCRE2 and utf8proc know different versions of Unicode: characters of which both say the same.
class AgreedCharacters {
 public:
  AgreedCharacters() {
    for (const auto& [pattern, bits] :
         std::vector<std::pair<const char*, Class>>{{"\\p{L}", kLetter},
                                                    {"\\p{Lu}", kUpper},
                                                    {"\\p{Ll}", kLower},
                                                    {"\\p{M}", kMark},
                                                    {"\\p{N}", kNumber},
                                                    {"\\p{P}", kPunctuation},
                                                    {"\\p{S}", kSymbol},
                                                    {"\\s", kSpace}}) {
      oracles_.emplace_back(RegexOracle(pattern), bits);
    }
  }

  bool has(uint32_t code) const {
    if (code >= 0xD800 && code < 0xE000) return false;
    const std::string text = utf8(code);
    for (const auto& [oracle, bits] : oracles_) {
      if (oracle.matches_at_start(text) != ((class_of(code) & bits) != 0)) return false;
    }
    return true;
  }

 private:
  std::vector<std::pair<RegexOracle, Class>> oracles_;
};

// Runs of characters that patterns care about, mixed with any others.
class RandomTexts {
 public:
  RandomTexts() {
    const AgreedCharacters agreed;
    for (uint32_t code = 1; code < 0x3100; ++code) add_if(agreed, code);
    for (int i = 0; i < 3000; ++i) add_if(agreed, random_() % 0x110000);
  }

  std::string next() {
    std::string out;
    for (size_t parts = random_() % 8; parts > 0; --parts) {
      const std::string part = random_() % 4 ? kCommon[random_() % std::size(kCommon)] : any_character();
      for (size_t times = 1 + random_() % 4 * (random_() % 2); times > 0; --times) out += part;
    }
    return out;
  }

 private:
  static constexpr const char* kCommon[] = {
      " ",   "\n", "\r", "\t",     "  ",  "'",          "'s", "'Ll",  "'VE",  "'re", "a",  "Z",
      "wor", "1",  "23", ".",      "//",  "$",          "`",  "|",    "(",    "é",   "中", "한",
      "́",    "。", "、", "½",      "　",  "_",          "😀",  "\x7F", "⺀",   "一",  "々", "ｱ",
      "ก",   "ㄅ", "，", "IMGIMG", "ABI", "<sentinel:", ">",  "123",  "4567", "٣"};

  std::string any_character() { return utf8(characters_[random_() % characters_.size()]); }
  void add_if(const AgreedCharacters& agreed, uint32_t code) {
    if (agreed.has(code)) characters_.push_back(code);
  }

  std::mt19937 random_{12};
  std::vector<uint32_t> characters_;
};

std::vector<std::string_view> cut_by_regex(const std::vector<RegexOracle>& oracles,
                                           std::string_view text) {
  std::vector<std::string_view> pieces = {text};
  for (const RegexOracle& oracle : oracles) {
    std::vector<std::string_view> next;
    for (const std::string_view piece : pieces) {
      for (const std::string_view cut : oracle.pieces(piece)) next.push_back(cut);
    }
    pieces.swap(next);
  }
  return pieces;
}

TEST(Pretokenizers, EachCutsLikeItsPattern) {
  RandomTexts texts;
  for (const NamedPatterns& row : all_patterns()) {
    SCOPED_TRACE(row.names[0]);
    std::vector<RegexOracle> oracles;
    for (const std::string_view pattern : row.patterns) oracles.emplace_back(pattern);
    const Pretokenizer* pretokenizer = find_pretokenizer(row.names[0]);
    ASSERT_TRUE(pretokenizer);
    for (int i = 0; i < 20000 && !HasFailure(); ++i) {
      const std::string text = texts.next();
      EXPECT_EQ(cut_words(*pretokenizer, text), cut_by_regex(oracles, text)) << "text: " << text;
    }
  }
}

// jais-2 cuts blanks into powers of two up to 512: longer runs than random texts have.
TEST(Pretokenizers, LongBlanksAreCutLikeThePattern) {
  const auto group = std::find_if(all_patterns().begin(), all_patterns().end(),
                                  [](const NamedPatterns& row) { return row.names[0] == "jais-2"; });
  ASSERT_NE(group, all_patterns().end());
  std::vector<RegexOracle> oracles;
  oracles.emplace_back(group->patterns[0]);
  for (size_t n = 1; n < 1300; n += n < 40 ? 1 : 7) {
    for (const char* end : {"", "x", "\n", "\nx", "　x", "1"}) {
      const std::string text = "a" + std::string(n, ' ') + end;
      EXPECT_EQ(cut_words(*find_pretokenizer("jais-2"), text), cut_by_regex(oracles, text)) << n << end;
    }
  }
}

TEST(Pretokenizers, EveryRowHasAPatternAndSharesTheScannersOfItsGroup) {
  std::set<std::string_view> seen;
  for (const NamedPatterns& group : all_patterns()) {
    for (const std::string_view name : group.names) {
      const Pretokenizer* row = find_pretokenizer(name);
      ASSERT_TRUE(row) << name;
      EXPECT_EQ(row->scanners.data(), find_pretokenizer(group.names[0])->scanners.data()) << name;
      seen.insert(name);
    }
  }
  EXPECT_EQ(seen.size(), all_pretokenizers().size());
}

TEST(Pretokenizers, WordsTogetherAreTheTextWhateverItsBytes) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = static_cast<char>(random() % 3 ? 0x80 + random() % 128 : random() % 128);
    for (const Pretokenizer& row : all_pretokenizers()) {
      std::string joined;
      for (const std::string_view word : cut_words(row, text)) {
        EXPECT_FALSE(word.empty());
        joined += word;
      }
      ASSERT_EQ(joined, text) << row.name;
    }
  }
}

TEST(Pretokenizers, AnUnknownNameHasNoRow) {
  EXPECT_FALSE(find_pretokenizer("no-such"));
  EXPECT_FALSE(find_pretokenizer(""));
  EXPECT_EQ(default_pretokenizer().name, "default");
}

}  // namespace
}  // namespace straddle::text
