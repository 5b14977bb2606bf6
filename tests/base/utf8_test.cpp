#include "base/utf8.h"

#include <gtest/gtest.h>

#include <vector>

namespace straddle {
namespace {

struct Case {
  std::string_view bytes;
  uint32_t code;
  uint32_t length;
};

TEST(DecodeUtf8, ReadsCharactersOfOneToFourBytes) {
  for (const Case& c : std::vector<Case>{{"a", 'a', 1},
                                         {"\x7F", 0x7F, 1},
                                         {"\xC2\x80", 0x80, 2},
                                         {"\xDF\xBF", 0x7FF, 2},
                                         {"\xE0\xA0\x80", 0x800, 3},
                                         {"\xED\x9F\xBF", 0xD7FF, 3},
                                         {"\xEE\x80\x80", 0xE000, 3},
                                         {"\xF0\x90\x80\x80", 0x10000, 4},
                                         {"\xF4\x8F\xBF\xBF", 0x10FFFF, 4}}) {
    EXPECT_EQ(decode_utf8(c.bytes, 0).code, c.code);
    EXPECT_EQ(decode_utf8(c.bytes, 0).bytes, c.length);
    std::string written;
    append_utf8(written, c.code);
    EXPECT_EQ(written, c.bytes);
  }
}

TEST(DecodeUtf8, WhatIsNoCharacterIsOneByte) {
  for (const std::string_view bytes :
       {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE4\xB8",
        "\xE4\xB8"
        "a",
        "\xF0\x9F\x99"}) {
    EXPECT_EQ(decode_utf8(bytes, 0).code, kNoCharacter);
    EXPECT_EQ(decode_utf8(bytes, 0).bytes, 1u);
  }
}

TEST(DecodeUtf8, TheEndHasNoBytes) {
  EXPECT_EQ(decode_utf8("a", 1).bytes, 0u);
  EXPECT_EQ(decode_utf8("", 0).bytes, 0u);
}

TEST(UnfinishedTail, CountsOnlyWhatMayStillBecomeACharacter) {
  EXPECT_EQ(unfinished_tail(""), 0u);
  EXPECT_EQ(unfinished_tail("abc"), 0u);
  EXPECT_EQ(unfinished_tail("a\xE4"), 1u);
  EXPECT_EQ(unfinished_tail("a\xE4\xB8"), 2u);
  EXPECT_EQ(unfinished_tail("a\xE4\xB8\xAD"), 0u);
  EXPECT_EQ(unfinished_tail("\xF0\x9F\x99"), 3u);
  EXPECT_EQ(unfinished_tail("\xED\xA0"), 0u);  // would be a surrogate
  EXPECT_EQ(unfinished_tail("\xF4\x90"), 0u);  // would be above U+10FFFF
  EXPECT_EQ(unfinished_tail("\x80\x80"), 0u);
}

TEST(ReplaceInvalid, OneReplacementForEachLongestStart) {
  EXPECT_EQ(replace_invalid("a\xE4\xB8\xAD"), "a\xE4\xB8\xAD");
  EXPECT_EQ(replace_invalid("\xE4\xB8"), "\xEF\xBF\xBD");
  EXPECT_EQ(replace_invalid("\xE4\xB8x"), "\xEF\xBF\xBDx");
  EXPECT_EQ(replace_invalid("\xFF\xFE"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace straddle
