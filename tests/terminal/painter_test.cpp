#include "terminal/painter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "terminal/editor.h"
#include "terminal/tiny_screen.h"

namespace straddle::terminal {
namespace {

using testing::ElementsAre;

// An editor with its painter before a screen.
struct Desk {
  PromptSign sign;
  std::vector<std::string> entries;
  Editor editor{sign, entries};
  Window window;
  Painter painter;
  TinyScreen screen;
  size_t top = 0;

  Desk(int columns, int rows) : window{columns, rows}, screen(columns, rows) {
    sign.placeholder = "Send a message";
  }
  void paint() {
    screen.write(painter.paint(draw(editor.text(), editor.cursor(), sign, window, true, top)));
  }
  void key(Key::Code code, std::string text = {}) {
    editor.apply({code, std::move(text)}, window.columns);
    paint();
  }
  void type(std::string text) { key(Key::Code::text, std::move(text)); }
};

TEST(Painter, PlaceholderGivesWayToText) {
  Desk desk(30, 5);
  desk.paint();
  EXPECT_THAT(desk.screen.rows(), ElementsAre(">>> Send a message"));
  EXPECT_EQ(desk.screen.column(), 4);
  desk.type("x");
  EXPECT_THAT(desk.screen.rows(), ElementsAre(">>> x"));
}

TEST(Painter, PlaceholderIsCutAtTheEdge) {
  Desk desk(14, 5);
  desk.paint();
  EXPECT_THAT(desk.screen.rows(), ElementsAre(">>> Send a me"));
}

TEST(Painter, WhatDidNotChangeIsNotWrittenAgain) {
  Desk desk(20, 5);
  desk.type("0123456789abcdeSECOND");
  const auto before = desk.painter.paint(
      draw(desk.editor.text(), desk.editor.cursor(), desk.sign, desk.window, true, desk.top));
  EXPECT_EQ(before.find("0123"), before.npos);
  desk.editor.apply({Key::Code::text, "!"}, 20);
  const auto after = desk.painter.paint(
      draw(desk.editor.text(), desk.editor.cursor(), desk.sign, desk.window, true, desk.top));
  EXPECT_EQ(after.find("0123"), after.npos);
  EXPECT_NE(after.find("SECOND!"), after.npos);
}

TEST(Painter, OfAHostileClusterLittleIsWritten) {
  Desk desk(20, 5);
  std::string text = "a";
  for (int i = 0; i < 1000; ++i) text += "\u0301\u20dd";
  desk.type(text + "b");
  EXPECT_LT(desk.screen.rows()[0].size(), 150u);
  EXPECT_EQ(desk.screen.rows()[0].back(), 'b');
  EXPECT_EQ(desk.screen.column(), 6);
}

TEST(Painter, RowsComeAndGo) {
  Desk desk(20, 5);
  desk.type("0123456789abcdefgh\nx");
  EXPECT_THAT(desk.screen.rows(), ElementsAre(">>> 0123456789abcde", "    fgh", "... x"));
  desk.key(Key::Code::erase_left), desk.key(Key::Code::erase_left);
  EXPECT_THAT(desk.screen.rows(), ElementsAre(">>> 0123456789abcde", "    fgh"));
  EXPECT_EQ(desk.screen.column(), 7);
  desk.key(Key::Code::erase_to_start);
  EXPECT_THAT(desk.screen.rows(), ElementsAre(">>> Send a message"));
  EXPECT_EQ(desk.screen.row(), 0);
}

TEST(Painter, ATallMessageScrollsInItsWindow) {
  Desk desk(20, 3);
  for (const char* row : {"a", "\nb", "\nc", "\nd", "\ne"}) desk.type(row);
  EXPECT_THAT(desk.screen.rows(), ElementsAre("... c", "... d", "... e"));
  for (int i = 0; i < 4; ++i) desk.key(Key::Code::up);
  EXPECT_THAT(desk.screen.rows(), ElementsAre(">>> a", "... b", "... c"));
  EXPECT_EQ(desk.screen.row(), 0);
}

TEST(Painter, NarrowerWhereTheTerminalBreaksRows) {
  Desk desk(40, 10);
  desk.screen.write("before\r\n");
  desk.type("0123456789abcdefghijklmnopqrst");  // 34 columns, cursor behind them
  desk.screen.write("\r\n\x1b[1A");  // as a terminal of 20 columns would show it: one row more
  TinyScreen narrow(20, 10);
  narrow.write("before\r\n>>> 0123456789abcdefghijklmnopqrst");
  desk.screen = narrow;
  desk.window.columns = 20;
  desk.screen.write(desk.painter.start_again(20, 10, true));
  desk.paint();
  EXPECT_THAT(desk.screen.rows(), ElementsAre("before", ">>> 0123456789abcde", "    fghijklmnopqrst"));
}

TEST(Painter, BelowTheMessage) {
  Desk desk(20, 5);
  desk.type("a\nb");
  desk.key(Key::Code::up);
  desk.screen.write(desk.painter.below() + "answer");
  EXPECT_THAT(desk.screen.rows(), ElementsAre(">>> a", "... b", "answer"));
}

}  // namespace
}  // namespace straddle::terminal
