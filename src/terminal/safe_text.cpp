#include <algorithm>

#include "terminal/cluster.h"
#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

// C1 characters steer terminals as ESC and a letter do.
bool is_safe(int32_t code) {
  if (code < 0x20) return code == '\n' || code == '\t';
  return code < 0x7F || code > 0x9F;
}

bool is_safe_ascii(char c) { return static_cast<uint8_t>(c) < 0x80 && is_safe(c); }

}  // namespace

std::string safe_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const auto unusual = std::find_if_not(text.begin() + ptrdiff_t(at), text.end(), is_safe_ascii);
    const size_t plain = size_t(unusual - text.begin()) - at;
    out += text.substr(at, plain);
    at += plain;
    const Character c = character_at(text, at);
    if (!c.valid && c.bytes)
      out += "\xEF\xBF\xBD";
    else if (is_safe(c.code))
      out += text.substr(at, c.bytes);
    at += c.bytes;
  }
  return out;
}

}  // namespace straddle::terminal
