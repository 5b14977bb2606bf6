#include "templates/go/print.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace straddle::templates::go {
namespace {

void print_list(TextBuilder& out, const Value& list) {
  out.add("[", list.origin());
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out.add(" ", list.origin());
    print_value(out, list.item(i));
  }
  out.add("]", list.origin());
}

void print_map(TextBuilder& out, const Value& map) {
  out.add("map[", map.origin());
  bool first = true;
  for (const auto& [key, value] : map.dict().entries) {
    if (!first) out.add(" ", map.origin());
    first = false;
    out.add(key.text());
    out.add(":", map.origin());
    print_value(out, value);
  }
  out.add("]", map.origin());
}

void print_struct(TextBuilder& out, const Value& value) {
  out.add("{", value.origin());
  bool first = true;
  for (const auto& entry : value.dict().entries) {
    if (!first) out.add(" ", value.origin());
    first = false;
    print_value(out, entry.second);
  }
  out.add("}", value.origin());
}

// What Go's types with a method String do.
bool print_by_type(TextBuilder& out, const Value& value) {
  const GoType* type = value.type();
  if (!type || type->prints == GoType::Prints::plainly) return false;
  if (type->prints == GoType::Prints::as_item) {
    if (value.size() > 1) return false;
    if (value.size() == 1) print_value(out, value.item(0));
    return true;
  }
  if (value.is(Kind::dict) && value.dict().entries.empty()) {
    out.add("{}", value.origin());
  } else {
    print_json(out, value);
  }
  return true;
}

}  // namespace

std::string real_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Inf" : "+Inf";
  char text[400];
  const auto shortest = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific);
  std::string out(text, shortest.ptr);
  const int exponent = std::atoi(out.c_str() + out.find('e') + 1);
  if (exponent < -4 || exponent >= 6) return out;
  const auto plain = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed);
  return std::string(text, plain.ptr);
}

void print_value(TextBuilder& out, const Value& value) {
  out.budget().spend(1);
  if (print_by_type(out, value)) return;
  switch (value.kind()) {
    case Kind::boolean:
      return out.add(value.as_boolean() ? "true" : "false", value.origin());
    case Kind::integer:
      return out.add(std::to_string(value.as_integer()), value.origin());
    case Kind::real:
      return out.add(real_text(value.as_real()), value.origin());
    case Kind::text:
      return out.add(value.text());
    case Kind::list:
      return print_list(out, value);
    case Kind::dict:
      return value.is_struct() ? print_struct(out, value) : print_map(out, value);
    default:
      return out.add("<nil>", value.origin());
  }
}

void print_all(TextBuilder& out, std::span<const Value> words) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0 && !words[i].is(Kind::text) && !words[i - 1].is(Kind::text)) out.add(" ", Origin::own);
    print_value(out, words[i]);
  }
}

}  // namespace straddle::templates::go
