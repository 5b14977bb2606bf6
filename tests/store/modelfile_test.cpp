// The language of Modelfiles.
#include "store/modelfile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace straddle::store {
namespace {

using ::testing::HasSubstr;

// "FROM|TEMPLATE ..." would do, but names make failures plain.
std::string told(const std::string& text) {
  const auto parsed = parse_modelfile(text, "Modelfile");
  if (!parsed) return one_line(parsed.error());
  std::string out;
  for (const auto& c : parsed->commands)
    out +=
        std::to_string(c.line) + ":" + std::to_string(int(c.word)) + "[" + c.name + "](" + c.text + ")";
  return out;
}

TEST(Modelfile, IsReadLineByLine) {
  EXPECT_EQ(
      told("# a comment\n\n  from llama3.2:1b  \nPARAMETER temperature 0.5\nparameter stop \"<|end|>\"\n"
           "SYSTEM Be brief. # no comment\nMESSAGE user Hello there\n"),
      "3:0[](llama3.2:1b)4:5[temperature](0.5)5:5[stop](<|end|>)6:2[](Be brief. # no comment)"
      "7:6[user](Hello there)");
}

TEST(Modelfile, QuotesHoldLines) {
  EXPECT_EQ(told("FROM a\nTEMPLATE \"\"\"{{ .System }}\n\"quoted\"\n  {{ .Prompt }}\n\"\"\"\nSYSTEM "
                 "\"\"\"x\"\"\""),
            "1:0[](a)2:1[]({{ .System }}\n\"quoted\"\n  {{ .Prompt }}\n)6:2[](x)");
  EXPECT_EQ(told("FROM a\nSYSTEM \"two\nlines\"\nLICENSE \"\"\"\nMIT\n\"\"\"  \n"),
            "1:0[](a)2:2[](two\nlines)4:3[](\nMIT\n)");
  EXPECT_EQ(told("FROM a\nSYSTEM \"\"\nSYSTEM \"a\" and \"b\"\n"), "1:0[](a)2:2[]()3:2[](a\" and \"b)");
}

TEST(Modelfile, MayBeUtf16AndHaveLineEndsOfWindows) {
  EXPECT_EQ(told("\xef\xbb\xbf"
                 "FROM a\r\nSYSTEM b\r\n"),
            "1:0[](a)2:2[](b)");
  const std::string text = "FROM a\nSYSTEM b";
  std::string little = "\xff\xfe", big = "\xfe\xff";
  for (const char c : text) little += {c, '\0'}, big += {'\0', c};
  little += std::string("\x3d\xd8\x00\xde", 4);  // U+1F600
  EXPECT_EQ(told(little), "1:0[](a)2:2[](b\xf0\x9f\x98\x80)");
  EXPECT_EQ(told(big), "1:0[](a)2:2[](b)");
}

TEST(Modelfile, WhatIsNoneNamesTheLine) {
  EXPECT_EQ(told(""), "Modelfile: no FROM line");
  EXPECT_EQ(told("SYSTEM a\n"), "Modelfile: no FROM line");
  EXPECT_THAT(told("FROM a\n\nFORM b\n"),
              HasSubstr("Modelfile: line 3: unknown command 'FORM' (FROM, "));
  EXPECT_THAT(told("FROM a\nMESSAGE tool x\n"), HasSubstr("line 2: the role of a message is"));
  EXPECT_EQ(told("FROM a\nSYSTEM \"\"\"never closed\n"), "Modelfile: line 2: its quotes are not closed");
  EXPECT_EQ(told("FROM\n"), "Modelfile: line 1: FROM has no value");
  EXPECT_EQ(told("FROM a\nPARAMETER temperature\n"), "Modelfile: line 2: PARAMETER has no value");
}

TEST(Modelfile, IsPrintedSoThatItReadsTheSame) {
  const std::string text =
      "FROM /x/y\nTEMPLATE \"{{ .A }}\nb\"\nSYSTEM \"\"\"say \"hi\"\n\"\"\"\nPARAMETER stop \" \"\n"
      "PARAMETER num_ctx 4096\nMESSAGE user hello there\nLICENSE MIT\n";
  const auto parsed = parse_modelfile(text, "m");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(modelfile_text(*parsed), text);
  EXPECT_EQ(told(modelfile_text(*parsed)), told(text));
}

TEST(Modelfile, ManyQuotesAreReadSoon) {
  std::string text = "FROM a\nSYSTEM \"\"\"";
  for (int i = 0; i < 300000; ++i) text += "\" x\n";
  EXPECT_THAT(told(text), HasSubstr("not closed"));
}

}  // namespace
}  // namespace straddle::store
