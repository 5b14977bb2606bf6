#include "cli/printable.h"

#include <cstdint>

#include "base/utf8.h"
#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

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
    const Utf8Char c = decode_utf8(text, 0);
    out += c.code == kNoCharacter ? "?" : shown(text.substr(0, c.bytes));
    text.remove_prefix(c.bytes);
  }
  return text.empty() ? out : out + "...";
}

std::string padded(std::string text, size_t width) {
  const size_t used = terminal::display_width(text);
  return text.append(width > used ? width - used : 0, ' ');
}

}  // namespace straddle::cli
