// Every golden case of every vocabulary of the supported families: ids and text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "golden_cases.h"
#include "testing/golden.h"
#include "text/composed.h"
#include "text/golden_vocabularies.h"
#include "text/text.h"

namespace straddle::text {
namespace {

class GoldenVocabulary : public ::testing::TestWithParam<const char*> {};

Tokenizer load(const std::string& path) {
  auto file = gguf::File::open(path, true);
  if (!file) throw std::runtime_error(one_line(file.error()));
  std::vector<std::string> warnings;
  auto tokenizer = Tokenizer::from(*file, &warnings);
  if (!tokenizer) throw std::runtime_error(one_line(tokenizer.error()));
  EXPECT_THAT(warnings, ::testing::IsEmpty());
  return *tokenizer;
}

// A text as it comes back from its ids.
std::string there_and_back(const Tokenizer& tokenizer, std::string_view text) {
  return tokenizer.decode(tokenizer.encode(text, {.add_special = false}));
}

// The golden engine leaves decomposed text as it is; where the model's own tokenizer composes it, so do
// we.
std::string as_read(const Tokenizer& tokenizer, std::string_view text) {
  const bool composes = there_and_back(tokenizer, "e\u0301") == "\u00e9";
  std::string room;
  return std::string(composes ? composed(text, room) : text);
}

// Text that is no UTF-8 may become other ids than the golden engine's, but no byte may be lost for
// which there is a token: falcon, starcoder and deepseek lack some that UTF-8 never uses.
void expect_bytes_kept(const Tokenizer& tokenizer, std::string_view text) {
  std::string expected;
  for (const char c : as_read(tokenizer, text)) {
    const std::string alone = there_and_back(tokenizer, {&c, 1});
    EXPECT_TRUE(alone == std::string(1, c) || alone == "\xEF\xBF\xBD");
    expected += alone;
  }
  EXPECT_EQ(there_and_back(tokenizer, text), expected);
}

TEST_P(GoldenVocabulary, EveryCaseGivesItsIdsAndItsText) {
  const std::string name = GetParam();
  STRADDLE_GOLDEN_OR_SKIP(vocabulary, "tokenizers/vocab/" + name + ".gguf");
  STRADDLE_GOLDEN_OR_SKIP(cases, "tokenizers/cases/" + name + ".jsonl");
  const Tokenizer tokenizer = load(vocabulary);
  const auto rows = read_golden_cases(cases);
  ASSERT_GT(rows.size(), 300u);
  for (const GoldenCase& row : rows) {
    SCOPED_TRACE("text: " + row.text + (row.options.parse_special ? " (special)" : ""));
    EXPECT_EQ(tokenizer.decode(row.ids), row.decoded);
    const std::string read = as_read(tokenizer, row.text);
    if (row.valid_utf8 && read != row.text) {
      EXPECT_EQ(tokenizer.encode(row.text, row.options), tokenizer.encode(read, row.options));
    } else if (row.valid_utf8) {
      EXPECT_EQ(tokenizer.encode(row.text, row.options), row.ids);
    } else if (name == "bert-bge") {  // keeps no text as it was: it only has to answer
      EXPECT_FALSE(tokenizer.encode(row.text, {.add_special = true}).empty());
    } else {
      expect_bytes_kept(tokenizer, row.text);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Text, GoldenVocabulary, ::testing::ValuesIn(kGoldenVocabularies), golden_name);

}  // namespace
}  // namespace straddle::text
