#include "cli/printable.h"

#include <gtest/gtest.h>

namespace straddle::cli {
namespace {

TEST(Printable, CannotSteerTheTerminal) {
  EXPECT_EQ(printable("plain"), "plain");
  EXPECT_EQ(printable("a\x1b[2J\x7f"), "a?[2J?");
  EXPECT_EQ(printable("line\r\n\tnext"), "line\\r\\n\\tnext");
  EXPECT_EQ(printable("c1 \xc2\x9b"
                      "2J"),
            "c1 ?2J");
}

TEST(Printable, KeepsUtf8AndNothingElse) {
  EXPECT_EQ(printable("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(printable("\xff\xc3"), "??");
  EXPECT_EQ(printable("\xc0\x80"), "??");            // too long a form
  EXPECT_EQ(printable("\xed\xa0\x80"), "???");       // half of a surrogate pair
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");  // beyond U+10FFFF
}

TEST(Printable, CutsByCharacters) {
  EXPECT_EQ(printable("\xc3\xa9\xc3\xa9\xc3\xa9", 2), "\xc3\xa9\xc3\xa9...");
  EXPECT_EQ(printable("abc", 3), "abc");
}

}  // namespace
}  // namespace straddle::cli
