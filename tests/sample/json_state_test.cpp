#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "sample/sample.h"

namespace straddle::sample {
namespace {

using nlohmann::json;

// How many bytes are accepted; complete says whether they are one whole object.
size_t accepted(std::string_view text, bool* complete = nullptr) {
  JsonState state;
  size_t n = 0;
  while (n < text.size() && state.accept(static_cast<uint8_t>(text[n]))) ++n;
  if (complete) *complete = state.complete();
  return n;
}

std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> parts{"a",  "Z",      " ",    "\"",        "\\", "/",
                                              "\n", "\t",     "\x01", "\x7F",      "é",  "ß",
                                              "語", "\uFFFF", "😀",    "\U0010FFFF"};
  std::string out;
  for (size_t n = random() % 6; n > 0; --n) out += parts[random() % parts.size()];
  return out;
}

json random_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return int64_t(random()) - 2000000000;
    case 3:
      return (double(random()) - 2e9) * std::pow(10.0, int(random() % 60) - 40);
    case 4:
      return uint64_t(random()) << 32;
    case 5:
      return random_text(random);
    case 6: {
      json out = json::array();
      for (size_t n = random() % 4; n > 0; --n) out.push_back(random_value(random, depth - 1));
      return out;
    }
    default: {
      json out = json::object();
      for (size_t n = random() % 4; n > 0; --n)
        out[random_text(random)] = random_value(random, depth - 1);
      return out;
    }
  }
}

TEST(JsonState, TakesEveryDocumentByteByByte) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    std::mt19937 random(seed);
    const json document{{random_text(random), random_value(random, 5)}};
    const std::string text = document.dump(int(seed % 5) - 1, ' ', seed % 2 == 0);
    bool complete = false;
    ASSERT_EQ(accepted(text, &complete), text.size()) << text;
    ASSERT_TRUE(complete) << text;
    accepted(text.substr(0, text.size() - 1), &complete);
    ASSERT_FALSE(complete) << text;
  }
}

TEST(JsonState, TakesAllThatTheStandardAllows) {
  for (const char* text : {
           "{}",
           " \t\r{ }",
           "\n{\n\t\"a\"\n:\n[\n]\n,\"b\":{}}",
           R"({"":-0,"a":0.5e+7,"b":1E-2,"c":10.25,"d":[true,false,null]})",
           R"({"a":"\"\\\/\b\f\n\r\t\u00e9\uD7FF\uE000\uFFFF\ud83d\uDE00"})",
           "{\"a\":[1 ,2\n]}",
           "{\"a\":1}",
           "{\"a\":"
           "\"\x7F\xC2\x80\xE0\xA0\x80\xED\x9F\xBF\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"}",
       }) {
    bool complete = false;
    EXPECT_EQ(accepted(text, &complete), std::string_view(text).size()) << text;
    EXPECT_TRUE(complete) << text;
    EXPECT_TRUE(json::accept(text)) << text;
  }
}

// '^' stands before the byte that is refused.
TEST(JsonState, RefusesAtTheFirstWrongByte) {
  for (const char* marked : {
           "^[]",
           "^1",
           "^\"a\"",
           "^true",
           "^}",
           "^\xEF\xBB\xBF{}",
           "^/",
           "{^a",
           "{^,",
           "{^1",
           "{^{",
           "{^]",
           "{\"a\"^}",
           "{\"a\"^,",
           "{\"a\"^\"",
           "{\"a\":^}",
           "{\"a\":^,",
           "{\"a\":1,^}",
           "{\"a\":1,^,",
           "{\"a\":1^]",
           "{\"a\":1 ^2",
           "{\"a\":[^,",
           "{\"a\":[^}",
           "{\"a\":[1^}",
           "{\"a\":[1,^]",
           "{\"a\":[1^:",
           "{}^}",
           "{}^ ",
           "{}^\n",
           "{}^{",
           "{\"a\"^=",
           "{\"a\":0^1",
           "{\"a\":-^-",
           "{\"a\":-^.",
           "{\"a\":^+1",
           "{\"a\":^.5",
           "{\"a\":1.^}",
           "{\"a\":1.^e",
           "{\"a\":1e^}",
           "{\"a\":1e+^}",
           "{\"a\":1e+^-",
           "{\"a\":1.5^.",
           "{\"a\":1e5^.",
           "{\"a\":1e5^e",
           "{\"a\":^N",
           "{\"a\":t^a",
           "{\"a\":tr^e",
           "{\"a\":nul^}",
           "{\"a\":true^e",
           "{\"a\":^I",
           "{\"a\":fals^ ",
           "{\"^\n",
           "{\"^\t",
           "{\"^\x1F",
           "{\"\\^x",
           "{\"\\^'",
           "{\"\\^U",
           "{\"\\u^g",
           "{\"\\u00^\"",
           "{\"\\ud^C",
           "{\"\\uD83D^\"",
           "{\"\\uD83D^x",
           "{\"\\uD83D\\^n",
           "{\"\\uD83D\\u^0",
           "{\"\\uD83D\\uD^8",
           "{\"^\x80",
           "{\"^\xC0",
           "{\"^\xC1",
           "{\"\xC2^\"",
           "{\"\xE0^\x9F",
           "{\"\xED^\xA0",
           "{\"\xE1\x80^\"",
           "{\"\xF0^\x8F",
           "{\"\xF4^\x90",
           "{\"^\xF5",
           "{\"^\xFF",
           "{\"\xF1\x80\x80^a",
           "{\n^\n",
           "{ ^\n",
           "{\"a\":12345678901234567890^1",
           "{\"a\":0.12345678901234567890^1",
           "{\"a\":1e99^9",
       }) {
    std::string text = marked;
    const size_t at = text.find('^');
    text.erase(at, 1);
    EXPECT_EQ(accepted(text), at) << marked;
  }
}

TEST(JsonState, WhiteSpaceAndDepthAreBounded) {
  EXPECT_EQ(accepted("{" + std::string(64, ' ') + "}"), 66u);
  EXPECT_EQ(accepted("{" + std::string(65, ' ') + "}"), 65u);
  std::string deep = "{\"a\":";
  deep += std::string(63, '[') + std::string(63, ']') + "}";
  bool complete = false;
  EXPECT_EQ(accepted(deep, &complete), deep.size());
  EXPECT_TRUE(complete);
  EXPECT_EQ(accepted("{\"a\":" + std::string(64, '[')), 5u + 63u);
}

TEST(JsonState, ARefusedByteChangesNothing) {
  JsonState state;
  for (const char byte : std::string_view("{\"a\":[12")) ASSERT_TRUE(state.accept(uint8_t(byte)));
  EXPECT_FALSE(state.accept('}'));  // would end the number, but an array is open
  EXPECT_FALSE(state.accept('x'));
  for (const char byte : std::string_view("3]}")) ASSERT_TRUE(state.accept(uint8_t(byte)));
  EXPECT_TRUE(state.complete());
}

}  // namespace
}  // namespace straddle::sample
