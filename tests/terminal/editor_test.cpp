#include "terminal/editor.h"

#include <gtest/gtest.h>

namespace straddle::terminal {
namespace {

using Code = Key::Code;

const PromptSign kPrompt;
const std::vector<std::string> kEntries = {"first", "two\nrows"};

struct Typing {
  Editor editor{kPrompt, kEntries};
  Asked key(Code code, std::string text = {}) { return editor.apply({code, std::move(text)}, 20); }
  // The text with the cursor as '|'.
  std::string seen() const {
    std::string out = editor.text();
    return out.insert(editor.cursor(), "|");
  }
};

TEST(Editor, LinesOfAMessageAreEditedEachForItself) {
  Typing t;
  t.key(Code::text, "one\ntwo\nthree");
  t.key(Code::up);
  EXPECT_EQ(t.seen(), "one\ntwo|\nthree");
  t.key(Code::line_start);
  EXPECT_EQ(t.seen(), "one\n|two\nthree");
  t.key(Code::erase_to_end);
  EXPECT_EQ(t.seen(), "one\n|\nthree");
  t.key(Code::erase_left);
  EXPECT_EQ(t.seen(), "one|\nthree");
  t.key(Code::erase_to_start);
  EXPECT_EQ(t.seen(), "|\nthree");
}

TEST(Editor, UpAndDownKeepTheirColumn) {
  Typing t;
  t.key(Code::text, "abcdefgh\n\nabcdefgh");
  for (int i = 0; i < 3; ++i) t.key(Code::left);
  t.key(Code::up);
  EXPECT_EQ(t.seen(), "abcdefgh\n|\nabcdefgh");
  t.key(Code::up);
  EXPECT_EQ(t.seen(), "abcde|fgh\n\nabcdefgh");
}

TEST(Editor, UpDoesNotStickAtAWrappedRow) {
  Typing t;
  t.key(Code::text, "0123456789abcde0123456789abcde0123456789abcde");  // three full rows of 15
  t.key(Code::up), t.key(Code::up);
  EXPECT_LT(t.editor.cursor(), 15u);
}

TEST(Editor, HistoryKeepsTheDraft) {
  Typing t;
  t.key(Code::text, "draft");
  t.key(Code::up);
  EXPECT_EQ(t.seen(), "two\nrows|");
  t.key(Code::up), t.key(Code::up);
  EXPECT_EQ(t.seen(), "first|");
  EXPECT_EQ(t.key(Code::up), Asked::bell);
  t.key(Code::down), t.key(Code::down);
  EXPECT_EQ(t.seen(), "draft|");
  EXPECT_EQ(t.key(Code::down), Asked::bell);
}

TEST(Editor, SearchGoesBackwards) {
  Typing t;
  t.key(Code::text, "draft");
  t.key(Code::search);
  EXPECT_EQ(t.seen(), "draft|");
  t.key(Code::text, "r");
  EXPECT_EQ(t.seen(), "two\n|rows");
  EXPECT_EQ(t.editor.sign().first, "(search)`r': ");
  t.key(Code::search);
  EXPECT_EQ(t.seen(), "fi|rst");
  EXPECT_EQ(t.key(Code::search), Asked::bell);
  EXPECT_EQ(t.editor.sign().first, "(failed search)`r': ");
  EXPECT_EQ(t.key(Code::text, "x"), Asked::bell);
  EXPECT_EQ(t.key(Code::erase_left), Asked::nothing);
  EXPECT_EQ(t.seen(), "two\n|rows");
  EXPECT_EQ(t.key(Code::enter), Asked::send);
  EXPECT_EQ(t.editor.text(), "two\nrows");
  EXPECT_EQ(t.editor.sign().first, ">>> ");
}

TEST(Editor, SearchIsGivenUp) {
  for (const Code code : {Code::interrupt, Code::external_editor}) {
    Typing t;
    t.key(Code::text, "draft"), t.key(Code::left);
    t.key(Code::search), t.key(Code::text, "rows");
    EXPECT_EQ(t.key(code), Asked::nothing);
    EXPECT_EQ(t.seen(), "draf|t");
    t.key(Code::up);
    EXPECT_EQ(t.seen(), "two\nrows|");
  }
}

TEST(Editor, WhatWasFoundIsTakenForEditing) {
  Typing t;
  t.key(Code::text, "draft");
  t.key(Code::search), t.key(Code::text, "irs"), t.key(Code::escape);
  EXPECT_EQ(t.seen(), "f|irst");
  t.key(Code::search), t.key(Code::text, "ows");
  EXPECT_EQ(t.seen(), "f|irst") << "nothing older has it";
  t.key(Code::right);
  EXPECT_EQ(t.seen(), "fi|rst");
  t.key(Code::down), t.key(Code::down);
  EXPECT_EQ(t.seen(), "draft|");
}

TEST(Editor, TheCursorStaysBetweenClusters) {
  Typing t;
  t.key(Code::text, "\u0301x");  // a mark that stands alone
  t.key(Code::line_start);
  t.key(Code::text, "e");  // joins it
  EXPECT_EQ(t.seen(), "e\u0301|x");
  t.key(Code::text, "🇯"), t.key(Code::text, "🇵");
  t.key(Code::left);
  EXPECT_EQ(t.seen(), "e\u0301|🇯🇵x");
}

TEST(Editor, WordsEndAtBlanks) {
  Typing t;
  t.key(Code::text, "one  日本 \u0301");
  t.key(Code::word_left);
  EXPECT_EQ(t.seen(), "one  日本| \u0301");
  t.key(Code::word_left), t.key(Code::erase_word);
  EXPECT_EQ(t.seen(), "|日本 \u0301");
  t.key(Code::word_right);
  EXPECT_EQ(t.seen(), "日本| \u0301");
}

TEST(Editor, EndOrErase) {
  Typing t;
  EXPECT_EQ(t.key(Code::end_or_erase), Asked::end);
  t.key(Code::text, "ab");
  EXPECT_EQ(t.key(Code::end_or_erase), Asked::nothing);
  t.key(Code::line_start), t.key(Code::end_or_erase);
  EXPECT_EQ(t.seen(), "|b");
}

TEST(Editor, AMessageHasALimit) {
  Typing t;
  const std::string much(LineReader::kLongest - 1, 'x');
  EXPECT_EQ(t.key(Code::text, much), Asked::nothing);
  EXPECT_EQ(t.key(Code::text, "日"), Asked::bell);
  EXPECT_EQ(t.editor.text().size(), LineReader::kLongest - 1);
  EXPECT_EQ(t.key(Code::text, "yz"), Asked::bell);
  EXPECT_EQ(t.editor.text().size(), LineReader::kLongest);
  EXPECT_EQ(t.key(Code::newline), Asked::bell);
}

}  // namespace
}  // namespace straddle::terminal
