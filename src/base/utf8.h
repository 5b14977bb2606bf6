// UTF-8, read strictly: overlong forms, surrogates and values above U+10FFFF are not characters.
// Every byte that belongs to no character stands alone, so that no byte is ever lost.
// Pure: any thread, and nothing is kept of what is passed.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace straddle {

inline constexpr uint32_t kNoCharacter = 0xFFFFFFFF;  // the code of an invalid byte, and of the end

struct Utf8Char {
  uint32_t code;
  uint32_t bytes;  // 1 to 4; 0 at the end of the text
};

Utf8Char decode_non_ascii(std::string_view text, size_t at);

// The character at byte `at`; code kNoCharacter with one byte where there is none.
inline Utf8Char decode_utf8(std::string_view text, size_t at) {
  if (at >= text.size()) return {kNoCharacter, 0};
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1};
  return decode_non_ascii(text, at);
}

void append_utf8(std::string& out, uint32_t code);

// Bytes at the end of `text` that could still become one character: 0 to 3.
size_t unfinished_tail(std::string_view text);

// `text` with U+FFFD in place of what is no character: one for each longest start of a character
// (Unicode's "maximal subpart", as browsers and Python do).
std::string replace_invalid(std::string_view text);

}  // namespace straddle
