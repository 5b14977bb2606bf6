#include "base/result.h"

#include <gtest/gtest.h>

namespace straddle {
namespace {

TEST(OneLine, NamesWhereWhatAndWhatToDo) {
  EXPECT_EQ(one_line({ErrorKind::bad_file, "a.gguf", "version 1 is too old", "convert it again"}),
            "a.gguf: version 1 is too old (convert it again)");
  EXPECT_EQ(one_line({ErrorKind::io, "", "disk full", ""}), "disk full");
}

TEST(OneLine, HostileNamesCannotWriteToTheTerminal) {
  EXPECT_EQ(one_line({ErrorKind::bad_file, "a\x1b[2J\nb", "bad\r", ""}), "a?[2J?b: bad?");
  EXPECT_EQ(one_line({ErrorKind::bad_file,
                      "a\xc2\x9b"
                      "2J",
                      "\xc2\xb5s", ""}),
            "a?2J: \xc2\xb5s");
  EXPECT_EQ(one_line({ErrorKind::bad_file, "a\xff\xc2", "\xe3\x81\x82", "cut \xe3\x81 off"}),
            "a??: \xe3\x81\x82 (cut ?? off)");
}

}  // namespace
}  // namespace straddle
