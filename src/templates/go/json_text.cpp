// Values as Go's json.Marshal writes them: no blanks, maps by their keys, and escapes for HTML, so that
// what stands in a page cannot close a tag.
#include <charconv>
#include <cmath>
#include <cstdio>

#include "templates/characters.h"
#include "templates/go/print.h"

namespace straddle::templates::go {
namespace {

void print_character(TextBuilder& out, const Character& c, std::string_view bytes, Origin origin) {
  static constexpr std::string_view kMarks = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  const size_t mark = c.code < 0x80 ? kMarks.find(char(c.code)) : kMarks.npos;
  if (mark != kMarks.npos) {
    const char escape[] = {'\\', kLetters[mark]};
    return out.add(std::string_view(escape, 2), origin);
  }
  const bool for_html = c.code == '<' || c.code == '>' || c.code == '&';
  if (c.code < 0x20 || for_html || c.code == 0x2028 || c.code == 0x2029) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", unsigned(c.code));
    return out.add(escape, origin);
  }
  out.add(c.code == kNoCharacter ? "\\ufffd" : bytes, origin);
}

void print_text(TextBuilder& out, const AttributedText& text) {
  out.add("\"", text.origin());
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    print_character(out, c, std::string_view(text.bytes).substr(at, c.bytes), text.origin_at(at));
    at += c.bytes;
  }
  out.add("\"", text.origin());
}

// As JavaScript prints a number.
std::string json_number(double number) {
  if (!std::isfinite(number)) fail_with("JSON has no infinite numbers");
  const double size = std::fabs(number);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string out(text, end.ptr);
  // 1e-09 is 1e-9.
  if (const size_t at = out.find("e-0"); at != out.npos) out.erase(at + 2, 1);
  return out;
}

void print_list(TextBuilder& out, const Value& list) {
  const GoType* type = list.type();
  if (type && type->empty_is_null && list.size() == 0) return out.add("null", list.origin());
  if (type && type->prints == GoType::Prints::as_item && list.size() == 1)
    return print_json(out, list.item(0));
  out.add("[", list.origin());
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out.add(",", list.origin());
    print_json(out, list.item(i));
  }
  out.add("]", list.origin());
}

bool is_omitted(const Value& value, GoType::Omit when) {
  if (when == GoType::Omit::nothing) return value.is_nothing();
  return when == GoType::Omit::empty && !value.is_true();
}

void print_dict(TextBuilder& out, const Value& dict) {
  const auto& entries = dict.dict().entries;
  const GoType* type = dict.type();
  if (type && type->empty_is_null && entries.empty()) return out.add("null", dict.origin());
  out.add("{", dict.origin());
  bool first = true;
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& [key, value] = entries[i];
    const bool is_struct = dict.is_struct();
    if (is_struct && is_omitted(value, type->fields[i].omit)) continue;
    if (!first) out.add(",", dict.origin());
    first = false;
    if (is_struct) {
      out.add("\"" + std::string(type->fields[i].json) + "\"", dict.origin());
    } else {
      print_text(out, key.text());
    }
    out.add(":", dict.origin());
    print_json(out, value);
  }
  out.add("}", dict.origin());
}

}  // namespace

void print_json(TextBuilder& out, const Value& value) {
  out.budget().spend(1);
  switch (value.kind()) {
    case Kind::boolean:
      return out.add(value.as_boolean() ? "true" : "false", value.origin());
    case Kind::integer:
      return out.add(std::to_string(value.as_integer()), value.origin());
    case Kind::real:
      return out.add(json_number(value.as_real()), value.origin());
    case Kind::text:
      return print_text(out, value.text());
    case Kind::list:
      return print_list(out, value);
    case Kind::dict:
      return print_dict(out, value);
    default:
      return out.add("null", value.origin());
  }
}

}  // namespace straddle::templates::go
