#include "terminal/cluster.h"

#include <gtest/gtest.h>

#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

struct Case {
  const char* what;
  std::vector<std::string> clusters;
  size_t width;
};

const Case kCases[] = {
    {"nothing", {}, 0},
    {"ASCII", {"a", "b"}, 2},
    {"marks", {"e\u0301", "a\u0302\u0323", "x"}, 3},
    {"Japanese", {"日", "本", "が\u3099"}, 6},
    {"family", {"👨\u200d👩\u200d👧", "👋🏽", "a"}, 5},
    {"flags", {"🇯🇵", "🇩🇪", "🇫"}, 5},
    {"heart", {"❤\ufe0f", "x"}, 3},
    {"Hangul", {"한", "\u1112\u1161\u11ab"}, 4},
    {"control characters", {"\n", "\u0301", "\t"}, 0},
};

TEST(Cluster, BordersForwardsAndBackwards) {
  for (const Case& c : kCases) {
    std::string text;
    std::vector<size_t> borders = {0};
    for (const std::string& cluster : c.clusters) borders.push_back((text += cluster).size());
    size_t at = 0;
    for (size_t i = 1; i < borders.size(); ++i)
      EXPECT_EQ(at = next_border(text, at), borders[i]) << c.what;
    for (size_t i = borders.size() - 1; i-- > 0;)
      EXPECT_EQ(at = previous_border(text, at), borders[i]) << c.what;
    for (size_t byte = 0; byte < text.size(); byte += character_at(text, byte).bytes)
      EXPECT_EQ(border_from(text, byte), *std::lower_bound(borders.begin(), borders.end(), byte))
          << c.what;
    EXPECT_EQ(display_width(text), c.width) << c.what;
  }
}

TEST(Cluster, NoTerminalTakesMoreColumnsThanExpected) {
  EXPECT_EQ(most_columns("👨\u200d👩\u200d👧"), 6);  // a terminal that joins nothing
  EXPECT_EQ(most_columns("👋🏽"), 4);         // tmux
  EXPECT_EQ(most_columns("❤\ufe0f"), 2);
}

TEST(SafeText, NothingSteersTheTerminal) {
  EXPECT_EQ(safe_text("a\x1b[31mb\r\n\tc\x07\x7f"), "a[31mb\n\tc");
  EXPECT_EQ(safe_text("\u009b31m\u0085x"), "31mx");
  EXPECT_EQ(safe_text(std::string_view("\0x", 2)), "x");
  EXPECT_EQ(safe_text("日\xff本\xe6\x97"), "日\ufffd本\ufffd\ufffd");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string safe = safe_text(std::string(1, char(byte)) + "]");
    EXPECT_TRUE(safe[0] >= ' ' || safe[0] == '\n' || safe[0] == '\t' || safe == "\ufffd]") << byte;
  }
}

}  // namespace
}  // namespace straddle::terminal
