#include "text/character.h"

#include <gtest/gtest.h>

namespace straddle::text {
namespace {

TEST(ClassOf, CategoriesAsThePatternsNameThem) {
  EXPECT_EQ(class_of('a'), kLower);
  EXPECT_EQ(class_of('A'), kUpper);
  EXPECT_TRUE(class_of(0x4E2D) & kOtherLetter);
  EXPECT_TRUE(class_of(0x301) & kMark);
  EXPECT_TRUE(class_of('7') & kNumber);
  EXPECT_TRUE(class_of(0x00BD) & kNumber);  // one half
  EXPECT_TRUE(class_of('_') & kPunctuation);
  EXPECT_TRUE(class_of('$') & kSymbol);
  EXPECT_FALSE(class_of(0x10FFFF) & (kLetter | kMark | kNumber | kPunctuation | kSymbol | kSpace));
}

TEST(ClassOf, SpaceIsTheUnicodePropertyWhiteSpace) {
  uint32_t spaces = 0;
  for (uint32_t code = 0; code < 0x110000; ++code) spaces += (class_of(code) & kSpace) != 0;
  EXPECT_EQ(spaces, 25u);  // PropList.txt
  for (const uint32_t code : {0x9, 0xD, 0x20, 0x85, 0xA0, 0x1680, 0x200A, 0x2028, 0x3000}) {
    EXPECT_TRUE(class_of(code) & kSpace) << code;
  }
  for (const uint32_t code : {0x1C, 0x180E, 0x200B, 0xFEFF})
    EXPECT_FALSE(class_of(code) & kSpace) << code;
}

TEST(CharacterAt, AnInvalidByteIsASymbolAndTheEndIsNothing) {
  EXPECT_TRUE(character_at("\xFF", 0).is(kSymbol));
  EXPECT_EQ(character_at("\xFF", 0).bytes, 1u);
  EXPECT_EQ(character_at("a", 1).bytes, 0u);
  EXPECT_FALSE(character_at("a", 1).is(~0u));
}

TEST(CharacterAt, TheAsciiTableAgreesWithTheClasses) {
  for (uint32_t code = 0; code < 128; ++code) {
    const char c = static_cast<char>(code);
    EXPECT_EQ(character_at({&c, 1}, 0).bits, class_of(code));
  }
}

}  // namespace
}  // namespace straddle::text
