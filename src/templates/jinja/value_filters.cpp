// Filters on numbers and on values of any kind.
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "templates/jinja/interpreter.h"
#include "templates/jinja/numbers.h"
#include "templates/jinja/operators.h"

namespace straddle::templates::jinja {
namespace {

using In = Interpreter;

Value absolute(In&, const Value& self, const Bound&) {
  if (!self.is_number()) fail_with(std::string("bad operand type for abs(): '") + type_name(self) + "'");
  return self.as_real() < 0 ? negative(self) : positive(self);
}

Value attr(In& in, const Value& self, const Bound& words) {
  const std::string name = in.printed(words[0]).text().bytes;
  if (self.is(Kind::dict)) return in.undefined("'dict object' has no attribute '" + name + "'");
  return in.attribute(self, name);
}

Value preset(In& in, const Value& self, const Bound& words) {
  const bool missing = self.is(Kind::undefined) || (words.is_true(1) && !self.is_true());
  if (!missing) return self;
  return words.has(0) ? words[0] : in.text("");
}

Value length(In&, const Value& self, const Bound&) {
  switch (self.kind()) {
    case Kind::undefined:
      return Value::integer(0);
    case Kind::text:
      return Value::integer(Int(self.text_object().characters()));
    case Kind::dict:
      return Value::integer(Int(self.dict().entries.size()));
    case Kind::list:
      if (self.list().kind != ListKind::generator) return Value::integer(Int(self.list().items.size()));
      break;
    default:
      break;
  }
  fail_with(std::string("object of type '") + type_name(self) + "' has no len()");
}

void need_defined(const Value& self) {
  if (self.is(Kind::undefined)) fail_with(why_undefined(self));
}

Value integer(In&, const Value& self, const Bound& words) {
  need_defined(self);
  const Value otherwise = words.has(0) ? words[0] : Value::integer(0);
  std::optional<Int> out;
  if (self.is_whole()) out = self.as_integer();
  if (self.is(Kind::real)) out = whole_part(self.as_real());
  if (self.is(Kind::text)) {
    const Int base = words.integer(1, 10);
    if (base < 0 || base > 36) fail_with("int(): base must be 0 or 2 to 36");
    out = read_integer(self.text().bytes, unsigned(base));
    if (!out) {
      if (const auto real = read_real(self.text().bytes)) out = whole_part(*real);
    }
  }
  return out ? Value::integer(*out, self.origin()) : otherwise;
}

Value real(In&, const Value& self, const Bound& words) {
  need_defined(self);
  std::optional<double> out;
  if (self.is_number()) out = self.as_real();
  if (self.is(Kind::text)) out = read_real(self.text().bytes);
  if (out) return Value::real(*out, self.origin());
  return words.has(0) ? words[0] : Value::real(0);
}

// Half to even, on the number's exact decimal value, as Python does.
double rounded(double number, int digits) {
  if (digits < 0) {
    const double unit = std::pow(10.0, -digits);
    return std::nearbyint(number / unit) * unit;
  }
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, number);
  return std::strtod(buffer, nullptr);
}

Value round(In& in, const Value& self, const Bound& words) {
  if (!self.is_number()) fail_with(std::string("round(): a number is wanted, not ") + type_name(self));
  const Int wanted = words.integer(0, 0);
  const int digits = int(wanted < -30 ? -30 : wanted > 30 ? 30 : wanted);
  const std::string method = words.has(1) ? in.printed(words[1]).text().bytes : "common";
  const double number = self.as_real();
  if (method == "common") {
    if (self.is_whole() && digits >= 0) return Value::integer(self.as_integer(), self.origin());
    const double out = std::isfinite(number) ? rounded(number, digits) : number;
    if (!self.is_whole()) return Value::real(out, self.origin());
    return Value::integer(whole_part(out).value_or(self.as_integer()), self.origin());
  }
  const double unit = std::pow(10.0, digits);
  if (method == "ceil") return Value::real(std::ceil(number * unit) / unit, self.origin());
  if (method == "floor") return Value::real(std::floor(number * unit) / unit, self.origin());
  fail_with("round(): method must be common, ceil or floor");
}

// As models' hubs define it: no escapes for HTML, none for what is not ASCII.
Value tojson(In& in, const Value& self, const Bound& words) {
  JsonStyle style;
  style.ascii = words.is_true(0);
  style.sort_keys = words.is_true(3);
  style.pretty = words.has(1) && !words[1].is(Kind::none);
  if (style.pretty) {
    const bool by_text = words[1].is(Kind::text);
    const Int width = by_text ? 0 : words.integer(1, 0);
    style.indent = by_text ? words[1].text().bytes
                           : std::string(size_t(width < 0      ? 0
                                                : width > 1000 ? 1000
                                                               : width),
                                         ' ');
    style.item_separator = ",";
  }
  if (words.has(2) && !words[2].is(Kind::none)) {
    const auto separators = in.walk(words[2]);
    if (separators->items.size() != 2) fail_with("tojson(): two separators are wanted");
    style.item_separator = in.printed(separators->items[0]).text().bytes;
    style.key_separator = in.printed(separators->items[1]).text().bytes;
  }
  TextBuilder out(in.budget());
  print_json(out, self, style);
  return in.text(out);
}

constexpr auto kFilters = std::to_array<Row>({
    {"abs", "", absolute},
    {"attr", "name", attr},
    {"count", "", length},
    {"d", "default_value? boolean?", preset},
    {"default", "default_value? boolean?", preset},
    {"float", "default?", real},
    {"int", "default? base?", integer},
    {"length", "", length},
    {"round", "precision? method?", round},
    {"tojson", "ensure_ascii? indent? separators? sort_keys?", tojson},
});

}  // namespace

std::span<const Row> value_filters() { return kFilters; }

}  // namespace straddle::templates::jinja
