// A megabyte of whatever: every vocabulary answers in time, measured in CPU seconds of this thread.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <set>

#include "small_vocabulary.h"
#include "testing/golden.h"
#include "testing/sanitized.h"
#include "text/golden_vocabularies.h"
#include "text/pretokenizers.h"

namespace straddle::text {
namespace {

constexpr double kMost = testing::kSanitized ? 60 : 2;
constexpr size_t kBytes = 1 << 20;

std::string repeated(std::string_view part) {
  std::string out;
  while (out.size() < kBytes) out += part;
  return out;
}

std::string random_bytes() {
  std::mt19937 random(11);
  std::string out(kBytes, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

struct Hostile {
  const char* name;
  std::string text;
};

const std::vector<Hostile>& hostile_texts() {
  static const std::vector<Hostile> all = {{"spaces", repeated(" ")},
                                           {"one letter", repeated("a")},
                                           {"digits", repeated("7")},
                                           {"newlines", repeated("\n")},
                                           {"Japanese", repeated("吾輩は猫である。名前はまだ無い。")},
                                           {"random bytes", random_bytes()}};
  return all;
}

// What a scanner that looks ahead could stumble over.
std::vector<Hostile> hostile_words() {
  std::vector<Hostile> out = hostile_texts();
  out.push_back({"blanks and newlines", repeated(std::string(700, ' ') + "\n")});
  out.push_back({"digits before letters", repeated("123a")});
  out.push_back({"capitals", repeated("A")});
  out.push_back({"marks", repeated("\xCC\x81")});
  out.push_back({"half a sentinel", repeated("<sentinel:1")});
  return out;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void expect_fast(const std::string& who, const Tokenizer& tokenizer) {
  double slowest = 0;
  for (const Hostile& hostile : hostile_texts()) {
    const double start = cpu_seconds();
    EXPECT_FALSE(tokenizer.encode(hostile.text).empty());
    const double took = cpu_seconds() - start;
    EXPECT_LT(took, kMost) << who << ": " << hostile.name;
    slowest = std::max(slowest, took);
  }
  std::printf("%-24s %.2f s at most\n", who.c_str(), slowest);
}

TEST(HostileText, AsWhatAMessageSays) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.tokens.insert(v.tokens.end(), {"<a>", "a<"});
  v.types.insert(v.types.end(), {3, 4});
  const Tokenizer tokenizer = made(v);
  const TokenSet guarded = tokenizer.guarded("a<");
  const std::string text = repeated("<a");
  std::vector<Range> quoted;  // every second byte
  for (size_t at = 0; at < text.size(); at += 2) quoted.push_back({at, at + 1});
  const double start = cpu_seconds();
  EXPECT_FALSE(tokenizer.encode_prompt(text, quoted, guarded).empty());
  EXPECT_LT(cpu_seconds() - start, kMost);
}

// ---- vocabularies that were made to be read slowly

SmallVocabulary many(const SmallVocabulary& base, std::string_view text, int32_t type) {
  SmallVocabulary v = base;
  for (size_t i = 0; i < 1 << 18; ++i) v.tokens.emplace_back(text), v.types.push_back(type);
  if (!v.scores.empty()) v.scores.resize(v.tokens.size());
  return v;
}

void expect_quick_to_read(const SmallVocabulary& vocabulary, const std::string& what) {
  const double start = cpu_seconds();
  EXPECT_TRUE(make(vocabulary)) << what;
  EXPECT_LT(cpu_seconds() - start, kMost) << what;
}

TEST(HostileVocabulary, TheSameTokenAQuarterOfAMillionTimes) {
  for (const int32_t type : {1, 3, 4}) {
    for (const char* text : {"ab", "</s>", "<0x41>", ""}) {
      const std::string what = std::string(text) + " of type " + std::to_string(type);
      expect_quick_to_read(many(gpt2_vocabulary({"a b"}), text, type), "gpt2: " + what);
      expect_quick_to_read(many(llama_vocabulary({"a"}), text, type), "llama: " + what);
      expect_quick_to_read(many(unigram_vocabulary({{"a", -1}}), text, type), "t5: " + what);
    }
  }
}

TEST(HostileVocabulary, MergesThatRepeatAndThatGrow) {
  SmallVocabulary v = gpt2_vocabulary({"a b"});
  v.merges.assign(1 << 18, "a b");
  expect_quick_to_read(v, "one merge, again and again");
  v.merges.clear();
  for (std::string all = "a"; all.size() < 3000; all += 'a') v.merges.push_back(all + " a");
  expect_quick_to_read(v, "a chain");
  const Tokenizer t = made(v);
  const double start = cpu_seconds();
  EXPECT_FALSE(t.encode(repeated("a")).empty());
  EXPECT_LT(cpu_seconds() - start, kMost);
}

class HostileGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(HostileGolden, AMegabyteTakesNoTime) {
  STRADDLE_GOLDEN_OR_SKIP(path, std::string("tokenizers/vocab/") + GetParam() + ".gguf");
  const auto file = gguf::File::open(path, true);
  ASSERT_TRUE(file) << one_line(file.error());
  const auto tokenizer = Tokenizer::from(*file);
  ASSERT_TRUE(tokenizer) << one_line(tokenizer.error());
  expect_fast(GetParam(), *tokenizer);
}

INSTANTIATE_TEST_SUITE_P(Text, HostileGolden, ::testing::ValuesIn(kGoldenVocabularies), golden_name);

// Pieces of every length up to the longest that is looked for, one that is longer, and words.
std::vector<std::string> chain(std::string_view letter) {
  std::vector<std::string> out;
  std::string piece;
  while (piece.size() + letter.size() <= 256) out.push_back(piece += letter);
  out.push_back(piece + "x");
  out.push_back(std::string(100'000, letter[0]));
  return out;
}

std::vector<std::string> hostile_pieces() {
  std::vector<std::string> out;
  for (const char* letter : {"a", "7", "\n", " ", "▁", "猫"}) {
    const auto more = chain(letter);
    out.insert(out.end(), more.begin(), more.end());
  }
  std::mt19937 random(3);
  for (int i = 0; i < 60'000; ++i) {
    std::string word(1 + random() % 8, 'a');
    for (char& c : word) c = static_cast<char>('a' + random() % 26);
    out.push_back(word);
  }
  return out;
}

TEST(HostilePieces, EveryFamilyOfPiecesAnswersInTime) {
  for (const char* model : {"t5", "rwkv", "plamo2", "bert"}) {
    SmallVocabulary v = unigram_vocabulary({});
    v.model = model;
    for (const std::string& piece : hostile_pieces()) {
      v.tokens.push_back(piece);
      v.types.push_back(1);
      v.scores.push_back(-static_cast<float>(v.tokens.size() % 37));
    }
    expect_fast(std::string(model) + " of long pieces", made(v));
  }
}

TEST(HostilePieces, EveryPreTokenizerAnswersInTime) {
  std::set<const Scanner*> seen;
  for (const Pretokenizer& row : all_pretokenizers()) {
    if (!seen.insert(row.scanners.data()).second) continue;
    for (const Hostile& hostile : hostile_words()) {
      const double start = cpu_seconds();
      EXPECT_FALSE(cut_words(row, hostile.text).empty());
      EXPECT_LT(cpu_seconds() - start, kMost / 2) << row.name << ": " << hostile.name;
    }
  }
}

}  // namespace
}  // namespace straddle::text
