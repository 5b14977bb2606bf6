#include "cli/answer_printer.h"

#include <gtest/gtest.h>

namespace straddle::cli {
namespace {

// What a pipe gets of an answer that comes in pieces.
std::string printed(const std::vector<std::string>& thinking, std::string_view answer,
                    bool show = true) {
  testing::internal::CaptureStdout();
  AnswerPrinter printer({.show_thinking = show});
  const conversation::Sink sink = printer.sink();
  EXPECT_EQ(bool(sink.thinking), show);
  for (const std::string& piece : thinking) {
    if (sink.thinking) sink.thinking(piece);
  }
  sink.text(answer);
  printer.finish();
  return testing::internal::GetCapturedStdout();
}

TEST(AnswerPrinter, SetsThinkingApart) {
  const std::string expected = "Thinking...\nWhy not?\n...done thinking.\n\nYes";
  EXPECT_EQ(printed({"Why", " not?"}, "Yes"), expected);
  EXPECT_EQ(printed({"\n", "\nWhy", " not?", "\n"}, "Yes"), expected);
  EXPECT_EQ(printed({"Why", " not?"}, ""), "Thinking...\nWhy not?\n...done thinking.\n\n");
}

TEST(AnswerPrinter, ShowsNoThinkingWhereThereIsNoneOrItIsNotWanted) {
  EXPECT_EQ(printed({}, "Yes"), "Yes");
  EXPECT_EQ(printed({"\n", "\n"}, "Yes"), "Yes");
  EXPECT_EQ(printed({"Why not?"}, "Yes", false), "Yes");
}

TEST(AnswerPrinter, GivesAPipeWhatTheModelWrote) {
  EXPECT_EQ(printed({}, "\x1b[31mred\xff"), "\x1b[31mred\xff");
}

}  // namespace
}  // namespace straddle::cli
