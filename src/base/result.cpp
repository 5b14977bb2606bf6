#include "base/result.h"

#include "base/utf8.h"

namespace straddle {
namespace {

// Controls, those of C1 too, and bytes of no character.
void append_clean(std::string& out, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const Utf8Char c = decode_utf8(text, at);
    const bool shown = c.code != kNoCharacter && c.code >= 0x20 && (c.code < 0x7f || c.code >= 0xa0);
    out += shown ? text.substr(at, c.bytes) : "?";
    at += c.bytes;
  }
}

}  // namespace

std::string one_line(const Error& error) {
  std::string out;
  append_clean(out, error.where);
  if (!out.empty()) out += ": ";
  append_clean(out, error.what);
  if (!error.hint.empty()) {
    out += " (";
    append_clean(out, error.hint);
    out += ")";
  }
  return out;
}

}  // namespace straddle
