#include "chat/jinja/print.h"

#include <cstdio>

#include "chat/jinja/characters.h"
#include "chat/jinja/numbers.h"

namespace straddle::chat {
namespace {

void print_hex(TextBuilder& out, const char* format, uint32_t code, bool quoted) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, format, code);
  out.add(buffer, quoted);
}

void print_escaped(TextBuilder& out, const Character& c, std::string_view bytes, char quote,
                   bool quoted) {
  const uint32_t code = c.code;
  if (code == uint32_t(quote) || code == '\\') {
    out.add("\\", quoted);
    out.add(bytes, quoted);
  } else if (code == '\n') {
    out.add("\\n", quoted);
  } else if (code == '\r') {
    out.add("\\r", quoted);
  } else if (code == '\t') {
    out.add("\\t", quoted);
  } else if (code == kNoCharacter || is_printable(code)) {
    out.add(bytes, quoted);
  } else {
    print_hex(out, code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", code, quoted);
  }
}

// In single quotes, but where only those would need an escape.
void print_quoted(TextBuilder& out, const MarkedText& text) {
  const bool any = text.any_quoted();
  const char quote =
      text.bytes.find('\'') != text.bytes.npos && text.bytes.find('"') == text.bytes.npos ? '"' : '\'';
  out.add(std::string_view(&quote, 1), any);
  for (size_t at = 0; at < text.size();) {
    const Character c = character_at(text.bytes, at);
    print_escaped(out, c, std::string_view(text.bytes).substr(at, c.bytes), quote, text.is_quoted(at));
    at += c.bytes;
  }
  out.add(std::string_view(&quote, 1), any);
}

void print_items(TextBuilder& out, const Values& items, bool quoted) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.add(", ", quoted);
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
          false);
}

void print_list(TextBuilder& out, const ListObject& list) {
  const bool tuple = list.kind == ListKind::tuple, view = list.kind == ListKind::view;
  if (list.kind == ListKind::range) return print_range(out, list.items);
  if (list.kind == ListKind::generator) return out.add("<generator object>", false);
  if (view) out.add(std::string(list.view_name) + "(", list.quoted);
  out.add(tuple ? "(" : "[", list.quoted);
  print_items(out, list.items, list.quoted);
  if (tuple && list.items.size() == 1) out.add(",", list.quoted);
  out.add(tuple ? ")" : "]", list.quoted);
  if (view) out.add(")", list.quoted);
}

void print_dict(TextBuilder& out, const DictObject& dict) {
  out.add("{", dict.quoted);
  bool first = true;
  for (const auto& [key, value] : dict.entries) {
    if (!first) out.add(", ", dict.quoted);
    first = false;
    print_repr(out, key);
    out.add(": ", dict.quoted);
    print_repr(out, value);
  }
  out.add("}", dict.quoted);
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
      return out.add("Undefined", false);
    case Kind::none:
      return out.add("None", value.quoted());
    case Kind::boolean:
      return out.add(value.as_boolean() ? "True" : "False", value.quoted());
    case Kind::integer:
      return out.add(integer_text(value.as_integer()), value.quoted());
    case Kind::real:
      return out.add(real_text(value.as_real()), value.quoted());
    case Kind::text:
      return print_quoted(out, value.text());
    case Kind::list:
      return print_list(out, value.list());
    case Kind::dict:
      return print_dict(out, value.dict());
    case Kind::space:
      return out.add("<Namespace>", false);
    case Kind::callable:
      return out.add("<function>", false);
    case Kind::loop:
      return out.add("<LoopContext>", false);
  }
}

}  // namespace straddle::chat
