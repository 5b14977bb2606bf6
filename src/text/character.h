// Classes of characters, as the patterns of pre-tokenizers name them (\p{L}, \s ...).
//
// A class is a set of bits: one per Unicode general category (utf8proc's order), and white space.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/utf8.h"

namespace straddle::text {

using Class = uint32_t;

// Bit n is category n of utf8proc_category_t.
inline constexpr Class kUpper = 1u << 1, kLower = 1u << 2, kTitle = 1u << 3;
inline constexpr Class kModifierLetter = 1u << 4, kOtherLetter = 1u << 5;
inline constexpr Class kLetter = 0x3Eu;             // \p{L}
inline constexpr Class kMark = 0x7u << 6;           // \p{M}
inline constexpr Class kNumber = 0x7u << 9;         // \p{N}
inline constexpr Class kDecimal = 1u << 9;          // \p{Nd}
inline constexpr Class kPunctuation = 0x7Fu << 12;  // \p{P}
inline constexpr Class kConnector = 1u << 12;       // \p{Pc}
inline constexpr Class kSymbol = 0xFu << 19;        // \p{S}
inline constexpr Class kSpace = 1u << 31;           // \s: the property White_Space

// An invalid byte is classed like U+FFFD, a symbol.
Class class_of(uint32_t code);

// Characters [first, last].
struct CodeRange {
  uint32_t first, last;
};

template <size_t n>
constexpr bool in_ranges(const CodeRange (&ranges)[n], uint32_t code) {
  for (const CodeRange& range : ranges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

struct Character {
  uint32_t code;
  uint32_t bytes;  // 0 at the end of the text: then no class bit is set
  Class bits;
  bool is(Class any) const { return (bits & any) != 0; }
  bool is_newline() const { return code == '\n' || code == '\r'; }
};

extern const std::array<Class, 128> kAsciiClass;

inline Character character_at(std::string_view text, size_t at) {
  const Utf8Char c = decode_utf8(text, at);
  if (c.bytes == 0) return {kNoCharacter, 0, 0};
  return {c.code, c.bytes, c.code < 128 ? kAsciiClass[c.code] : class_of(c.code)};
}

}  // namespace straddle::text
