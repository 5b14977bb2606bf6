#include "cli/printable.h"

#include <algorithm>
#include <cstdint>

namespace straddle::cli {
namespace {

// Bytes of the character at the front of `text`, by the table of RFC 3629; 0 if it is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : uint8_t(0); };
  const auto follows = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const uint8_t a = byte(0), b = byte(1);
  if (a < 0x80) return 1;
  if (a >= 0xc2 && a <= 0xdf) return follows(1) ? 2 : 0;
  if (!follows(1) || !follows(2)) return 0;
  if (a >= 0xe0 && a <= 0xef) return (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) ? 0 : 3;
  if (a < 0xf0 || a > 0xf4 || !follows(3)) return 0;
  return (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f) ? 0 : 4;
}

// U+0080 to U+009F steer terminals as ESC and a letter do.
bool is_c1(std::string_view character) {
  return character.size() == 2 && character[0] == '\xc2' && uint8_t(character[1]) < 0xa0;
}

std::string_view shown(std::string_view character) {
  if (character == "\n") return "\\n";
  if (character == "\r") return "\\r";
  if (character == "\t") return "\\t";
  const uint8_t first = uint8_t(character[0]);
  return first < 0x20 || first == 0x7f || is_c1(character) ? "?" : character;
}

}  // namespace

std::string printable(std::string_view text, size_t most) {
  std::string out;
  for (; !text.empty() && most > 0; --most) {
    const size_t length = utf8_length(text);
    out += length ? shown(text.substr(0, length)) : "?";
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return text.empty() ? out : out + "...";
}

size_t characters(std::string_view text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace straddle::cli
