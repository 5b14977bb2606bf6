#include "templates/jinja/print.h"

#include <cstdio>

#include "templates/characters.h"
#include "templates/jinja/numbers.h"

namespace straddle::templates::jinja {
namespace {

void print_hex(TextBuilder& out, const char* format, uint32_t code, Origin origin) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, format, code);
  out.add(buffer, origin);
}

void print_escaped(TextBuilder& out, const Character& c, std::string_view bytes, char quote,
                   Origin origin) {
  const uint32_t code = c.code;
  if (code == uint32_t(quote) || code == '\\') {
    out.add("\\", origin);
    out.add(bytes, origin);
  } else if (code == '\n') {
    out.add("\\n", origin);
  } else if (code == '\r') {
    out.add("\\r", origin);
  } else if (code == '\t') {
    out.add("\\t", origin);
  } else if (code == kNoCharacter || is_printable(code)) {
    out.add(bytes, origin);
  } else {
    print_hex(out, code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", code, origin);
  }
}

// In single quotes, but where only those would need an escape.
void print_quoted(TextBuilder& out, const AttributedText& text) {
  const Origin any = text.origin();
  const char quote =
      text.bytes.find('\'') != text.bytes.npos && text.bytes.find('"') == text.bytes.npos ? '"' : '\'';
  out.add(std::string_view(&quote, 1), any);
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    print_escaped(out, c, std::string_view(text.bytes).substr(at, c.bytes), quote, text.origin_at(at));
    at += c.bytes;
  }
  out.add(std::string_view(&quote, 1), any);
}

void print_items(TextBuilder& out, const Values& items, Origin origin) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.add(", ", origin);
    print_repr(out, items[i]);
  }
}

// range(first, end[, step]), as far as its numbers tell.
void print_range(TextBuilder& out, const Values& items) {
  const Int first = items.empty() ? 0 : items[0].as_integer();
  const Int step = items.size() > 1 ? items[1].as_integer() - first : 1;
  const Int end = items.empty() ? 0 : items.back().as_integer() + step;
  out.add("range(" + integer_text(first) + ", " + integer_text(end) +
              (step == 1 ? "" : ", " + integer_text(step)) + ")",
          Origin::own);
}

void print_list(TextBuilder& out, const ListObject& list) {
  const bool tuple = list.kind == ListKind::tuple, view = list.kind == ListKind::view;
  if (list.kind == ListKind::range) return print_range(out, list.items);
  if (list.kind == ListKind::generator) return out.add("<generator object>", Origin::own);
  if (view) out.add(std::string(list.view_name) + "(", list.origin);
  out.add(tuple ? "(" : "[", list.origin);
  print_items(out, list.items, list.origin);
  if (tuple && list.items.size() == 1) out.add(",", list.origin);
  out.add(tuple ? ")" : "]", list.origin);
  if (view) out.add(")", list.origin);
}

void print_dict(TextBuilder& out, const DictObject& dict) {
  out.add("{", dict.origin);
  bool first = true;
  for (const auto& [key, value] : dict.entries) {
    if (!first) out.add(", ", dict.origin);
    first = false;
    print_repr(out, key);
    out.add(": ", dict.origin);
    print_repr(out, value);
  }
  out.add("}", dict.origin);
}

}  // namespace

void print(TextBuilder& out, const Value& value) {
  if (value.is(Kind::text)) return out.add(value.text());
  if (!value.is(Kind::undefined)) print_repr(out, value);
}

void print_repr(TextBuilder& out, const Value& value) {
  out.budget().spend(1);
  switch (value.kind()) {
    case Kind::undefined:
      return out.add("Undefined", Origin::own);
    case Kind::none:
      return out.add("None", value.origin());
    case Kind::boolean:
      return out.add(value.as_boolean() ? "True" : "False", value.origin());
    case Kind::integer:
      return out.add(integer_text(value.as_integer()), value.origin());
    case Kind::real:
      return out.add(real_text(value.as_real()), value.origin());
    case Kind::text:
      return print_quoted(out, value.text());
    case Kind::list:
      return print_list(out, value.list());
    case Kind::dict:
      return print_dict(out, value.dict());
    case Kind::space:
      return out.add("<Namespace>", Origin::own);
    case Kind::callable:
      return out.add("<function>", Origin::own);
    case Kind::loop:
      return out.add("<LoopContext>", Origin::own);
  }
}

}  // namespace straddle::templates::jinja
