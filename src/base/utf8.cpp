#include "base/utf8.h"

#include <algorithm>

namespace straddle {
namespace {

struct Lead {
  uint32_t bytes;     // of the whole character; 0: no lead byte
  uint32_t bits;      // its part of the code
  uint8_t low, high;  // allowed second byte (Unicode standard, table 3-7)
};

Lead lead_of(uint8_t first) {
  if (first < 0xC2 || first > 0xF4) return {0, 0, 0, 0};
  if (first < 0xE0) return {2, first & 0x1Fu, 0x80, 0xBF};
  if (first < 0xF0) {
    const uint8_t low = first == 0xE0 ? 0xA0 : 0x80;   // no overlong forms
    const uint8_t high = first == 0xED ? 0x9F : 0xBF;  // no surrogates
    return {3, first & 0x0Fu, low, high};
  }
  const uint8_t low = first == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = first == 0xF4 ? 0x8F : 0xBF;  // nothing above U+10FFFF
  return {4, first & 0x07u, low, high};
}

// The longest start of a character at `at`: whole, or ended by a byte that cannot follow or by the
// end of the text.
struct Prefix {
  uint32_t code = 0, bytes = 0;
  enum class End { whole, wrong_byte, end_of_text } end = End::wrong_byte;
};

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

Prefix prefix_at(std::string_view text, size_t at) {
  const auto first = static_cast<uint8_t>(text[at]);
  if (first < 0x80) return {first, 1, Prefix::End::whole};
  const Lead lead = lead_of(first);
  if (lead.bytes == 0) return {};
  Prefix out{lead.bits, 1, Prefix::End::whole};
  uint8_t low = lead.low, high = lead.high;
  for (; out.bytes < lead.bytes; ++out.bytes) {
    if (at + out.bytes == text.size()) return {out.code, out.bytes, Prefix::End::end_of_text};
    const auto next = static_cast<uint8_t>(text[at + out.bytes]);
    if (next < low || next > high) return {out.code, out.bytes, Prefix::End::wrong_byte};
    out.code = out.code << 6 | (next & 0x3Fu);
    low = 0x80, high = 0xBF;
  }
  return out;
}

}  // namespace

Utf8Char decode_non_ascii(std::string_view text, size_t at) {
  const Prefix prefix = prefix_at(text, at);
  return prefix.end == Prefix::End::whole ? Utf8Char{prefix.code, prefix.bytes}
                                          : Utf8Char{kNoCharacter, 1};
}

void append_utf8(std::string& out, uint32_t code) {
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

size_t unfinished_tail(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    const Prefix prefix = prefix_at(text, text.size() - back);
    if (prefix.bytes == back && prefix.end == Prefix::End::end_of_text) return back;
  }
  return 0;
}

std::string replace_invalid(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Prefix prefix = prefix_at(text, at);
    const size_t bytes = std::max<size_t>(1, prefix.bytes);
    out += prefix.end == Prefix::End::whole ? text.substr(at, bytes) : kReplacement;
    at += bytes;
  }
  return out;
}

}  // namespace straddle
