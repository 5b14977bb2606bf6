// html, js, urlquery: their arguments as one text, escaped. Who said a byte also said its escape.
#include <cctype>
#include <cstdio>
#include <string>

#include "templates/characters.h"
#include "templates/go/functions.h"
#include "templates/go/print.h"

namespace straddle::templates::go {
namespace {

// All arguments as one text.
void join(TextBuilder& out, const Call& call) {
  Values words(call.words.begin(), call.words.end());
  for (Value& word : words) {
    if (word.is_nothing()) word = Value::text(call.budget, {"<no value>"});
  }
  print_all(out, words);
}

// What to write for a character; empty: the character itself.
using Escape = std::string (*)(const Character& c);

Value escaped(const Call& call, Escape escape) {
  TextBuilder joined(call.budget);
  join(joined, call);
  const AttributedText& text = joined.text();
  TextBuilder out(call.budget);
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    const std::string instead = escape(c);
    if (instead.empty()) {
      out.add(text, at, at + c.bytes);
    } else {
      out.add(instead, text.origin_at(at));
    }
    at += c.bytes;
  }
  return Value::text(out);
}

std::string html(const Character& c) {
  switch (c.code) {
    case 0:
      return "\xEF\xBF\xBD";
    case '"':
      return "&#34;";
    case '\'':
      return "&#39;";
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    default:
      return {};
  }
}

std::string hex(const char* format, uint32_t code) {
  char text[16];
  std::snprintf(text, sizeof text, format, unsigned(code));
  return text;
}

std::string js(const Character& c) {
  if (c.code == '\\' || c.code == '\'' || c.code == '"') return {'\\', char(c.code)};
  if (c.code == '<' || c.code == '>' || c.code == '&' || c.code == '=') return hex("\\u%04X", c.code);
  if (c.code < ' ') return hex("\\u%04X", c.code);
  if (c.code < 0x80 || is_printable(c.code)) return {};
  return c.code == kNoCharacter ? "\xEF\xBF\xBD" : hex("\\u%04X", c.code);
}

}  // namespace

Value escape_html(const Call& call) { return escaped(call, html); }
Value escape_js(const Call& call) { return escaped(call, js); }

// Byte by byte; a blank becomes +.
Value escape_query(const Call& call) {
  TextBuilder joined(call.budget);
  join(joined, call);
  const AttributedText& text = joined.text();
  TextBuilder out(call.budget);
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text.bytes[at]);
    const bool plain = byte < 0x80 && (std::isalnum(byte) || std::string_view("-_.~").find(char(byte)) !=
                                                                 std::string_view::npos);
    if (plain) {
      out.add(text, at, at + 1);
    } else {
      out.add(byte == ' ' ? "+" : hex("%%%02X", byte), text.origin_at(at));
    }
  }
  return Value::text(out);
}

}  // namespace straddle::templates::go
