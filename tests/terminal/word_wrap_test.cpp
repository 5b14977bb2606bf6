#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "terminal/terminal.h"
#include "terminal/tiny_screen.h"

namespace straddle::terminal {
namespace {

using testing::ElementsAre;

// What a screen of 20 columns shows of a text that comes in pieces.
std::vector<std::string> wrapped(std::string_view text, size_t piece) {
  WordWrap wrap(20);
  TinyScreen screen(20, 100);
  for (size_t at = 0; at < text.size(); at += piece) {
    std::string out = wrap.push(text.substr(at, piece));
    for (size_t newline = 0; (newline = out.find('\n', newline)) != out.npos; newline += 2)
      out.insert(newline, "\r");  // as the terminal's driver does
    screen.write(out);
  }
  return screen.rows();
}

void expect_rows(std::string_view text, const std::vector<std::string>& rows) {
  EXPECT_EQ(wrapped(text, text.size()), rows);
  bool ascii = true;
  for (const char c : text) ascii &= uint8_t(c) < 0x80;
  if (ascii) {
    EXPECT_EQ(wrapped(text, 1), rows);
  }
}

TEST(WordWrap, AWordMovesToTheNextRow) {
  expect_rows("one two three four", {"one two three", "four"});
  expect_rows("abcdefg 1234567 x", {"abcdefg 1234567", "x"});
  expect_rows("abcdefg 12345678 x", {"abcdefg", "12345678 x"});
}

TEST(WordWrap, NewlinesStay) { expect_rows("one\n\n two three four", {"one", "", " two three four"}); }

TEST(WordWrap, AWordThatIsTooLongStays) {
  expect_rows("a 0123456789abcdefghijklmno z", {"a 0123456789abcdefgh", "ijklmno z"});
}

TEST(WordWrap, WideCharactersMayBeginARow) {
  expect_rows("日本語日本語日本語日本語", {"日本語日本語日", "本語日本語"});
  expect_rows("日本語日本語 abcd", {"日本語日本語", "abcd"});
  expect_rows("日本語日本語abcd", {"日本語日本語", "abcd"});
}

TEST(WordWrap, AMarkStaysWithWhatItStandsOn) {
  expect_rows("日本語日本語\u3099abcd", {"日本語日本語\u3099", "abcd"});
  expect_rows("one two thre\u0301e four", {"one two thre\u0301e", "four"});
}

// What the terminal was given for words that stay where they are.
void expect_untouched(const std::string& text) {
  for (const size_t piece : {size_t{1}, text.size()}) {
    WordWrap wrap(20);
    std::string out;
    for (size_t at = 0; at < text.size(); at += piece) out += wrap.push(text.substr(at, piece));
    EXPECT_EQ(out, text);
  }
}

TEST(WordWrap, CodeIsLeftToTheTerminal) {
  expect_untouched("```cpp\n    one two  three four;  // five\n```\n");
  expect_untouched("~~~\n```\none two three four five\n~~~\n");
  expect_untouched("  ````\none two three four five\n```\none two three four five\n");
  expect_untouched("```\none two three four five\n``` no end\none two three four five");
}

TEST(WordWrap, BehindCodeWordsMoveAgain) {
  expect_rows("```\none two three four\n```\none two three four",
              {"```", "one two three four", "```", "one two three", "four"});
  expect_rows("```\nx\n`````  \none two three four", {"```", "x", "`````", "one two three", "four"});
}

TEST(WordWrap, MarksInALineAreNoCode) {
  expect_rows("```one``` x\none two three four", {"```one``` x", "one two three", "four"});
  expect_rows("``x\none two three four", {"``x", "one two three", "four"});
  expect_rows("a ```\none two three four", {"a ```", "one two three", "four"});
}

TEST(WordWrap, IndentationIsKept) {
  expect_rows("    one two three four", {"    one two", "    three four"});
  expect_rows("  - 日本語日本語日本語", {"  - 日本語日本", "  語日本語"});
  expect_rows("x\n  0123456789a bcdef", {"x", "  0123456789a", "  bcdef"});
  EXPECT_EQ(WordWrap(40).push("\tone two three four five six x"),
            "\tone two three four five six \x1b[K\n        x");
}

TEST(WordWrap, AnIndentationThatLeavesTooLittleIsNot) {
  expect_rows("        one two three four", {"        one two", "three four"});
}

TEST(WordWrap, Tabs) {
  EXPECT_EQ(WordWrap(20).push("a\tbcdefghi x"), "a\tbcdefgh\x1b[7D\x1b[K\nbcdefghi x");
}

TEST(WordWrap, OffInANarrowWindow) {
  const std::string text = "a text that is longer than nine";
  EXPECT_EQ(WordWrap(9).push(text), text);
  EXPECT_EQ(WordWrap(0).push(text), text);
}

TEST(WordWrap, FollowsTheWindow) {
  WordWrap wrap(40);
  EXPECT_EQ(wrap.push("0123456789 abcdefg"), "0123456789 abcdefg");
  wrap.resize(20);
  EXPECT_EQ(wrap.push(" x"), " \x1b[K\nx");
}

}  // namespace
}  // namespace straddle::terminal
