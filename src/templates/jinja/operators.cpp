#include "templates/jinja/operators.h"

#include <cmath>

#include "templates/jinja/interpreter.h"
#include "templates/jinja/numbers.h"
#include "templates/jinja/print.h"

namespace straddle::templates::jinja {
namespace {

[[noreturn]] void fail_types(const char* op, const Value& a, const Value& b) {
  fail_with(std::string("unsupported operand types for ") + op + ": '" + type_name(a) + "' and '" +
            type_name(b) + "'");
}

[[noreturn]] void fail_overflow() { fail_with("a number does not fit in 128 bits"); }

bool both_whole(const Value& a, const Value& b) { return a.is_whole() && b.is_whole(); }

// out: by reference, for it is computed in the same call as `overflow`.
Value integer_of(bool overflow, const Int& out, const Value& a, const Value& b) {
  if (overflow) fail_overflow();
  return Value::integer(out, either(a.origin(), b.origin()));
}

Value real_of(double out, const Value& a, const Value& b) {
  return Value::real(out, either(a.origin(), b.origin()));
}

// ---- numbers

// Towards minus infinity, as Python divides.
Int floor_divided(Int a, Int b) { return a / b - Int(a % b != 0 && (a < 0) != (b < 0)); }

Value add_numbers(const Value& a, const Value& b) {
  Int out = 0;
  if (both_whole(a, b))
    return integer_of(__builtin_add_overflow(a.as_integer(), b.as_integer(), &out), out, a, b);
  return real_of(a.as_real() + b.as_real(), a, b);
}

Value subtract(Interpreter&, const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) fail_types("-", a, b);
  Int out = 0;
  if (both_whole(a, b))
    return integer_of(__builtin_sub_overflow(a.as_integer(), b.as_integer(), &out), out, a, b);
  return real_of(a.as_real() - b.as_real(), a, b);
}

void need_divisor(const Value& b) {
  if (b.as_real() == 0) fail_with("division by zero");
}

Value divide(Interpreter&, const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) fail_types("/", a, b);
  need_divisor(b);
  return real_of(a.as_real() / b.as_real(), a, b);
}

Value floor_divide(Interpreter&, const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) fail_types("//", a, b);
  need_divisor(b);
  if (!both_whole(a, b)) return real_of(std::floor(a.as_real() / b.as_real()), a, b);
  if (b.as_integer() == -1)
    return negative(Value::integer(a.as_integer(), either(a.origin(), b.origin())));
  return integer_of(false, floor_divided(a.as_integer(), b.as_integer()), a, b);
}

Value modulo_numbers(const Value& a, const Value& b) {
  need_divisor(b);
  if (!both_whole(a, b)) {
    const double x = a.as_real(), y = b.as_real();
    const double rest = std::fmod(x, y);
    if (rest == 0) return real_of(std::copysign(0.0, y), a, b);
    return real_of((rest < 0) != (y < 0) ? rest + y : rest, a, b);
  }
  if (b.as_integer() == -1) return integer_of(false, 0, a, b);
  const Int x = a.as_integer(), y = b.as_integer();
  return integer_of(false, x - floor_divided(x, y) * y, a, b);
}

Int whole_power(Int base, Int exponent) {
  Int out = 1;
  while (exponent > 0) {
    if ((exponent & 1) && __builtin_mul_overflow(out, base, &out)) fail_overflow();
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) fail_overflow();
  }
  return out;
}

Value power(Interpreter&, const Value& a, const Value& b) {
  if (!a.is_number() || !b.is_number()) fail_types("**", a, b);
  if (both_whole(a, b) && b.as_integer() >= 0)
    return integer_of(false, whole_power(a.as_integer(), b.as_integer()), a, b);
  const double x = a.as_real(), y = b.as_real(), out = std::pow(x, y);
  if (x == 0 && y < 0) fail_with("zero cannot be raised to a negative power");
  if (std::isnan(out) && !std::isnan(x) && !std::isnan(y)) fail_with("a power is a complex number");
  if (std::isinf(out) && !std::isinf(x) && !std::isinf(y)) fail_with("a power is out of range");
  return real_of(out, a, b);
}

// ---- texts and lists

// Text declared safe for HTML makes the other escape what it brings.
Value add_texts(Interpreter& in, const Value& a, const Value& b) {
  TextBuilder out(in.budget());
  const bool markup = a.text_object().is_markup || b.text_object().is_markup;
  for (const Value* side : {&a, &b}) {
    if (markup && !side->text_object().is_markup) {
      escape_html(out, side->text());
    } else {
      out.add(side->text());
    }
  }
  return in.text(out, markup);
}

Value add(Interpreter& in, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return add_numbers(a, b);
  if (a.is(Kind::undefined)) fail_with(why_undefined(a));
  if (b.is(Kind::undefined)) fail_with(why_undefined(b));
  if (a.is(Kind::text) && b.is(Kind::text)) return add_texts(in, a, b);
  if (!a.is(Kind::list) || !b.is(Kind::list)) fail_types("+", a, b);
  const ListObject &x = a.list(), &y = b.list();
  if (x.kind != y.kind || x.kind > ListKind::tuple) fail_types("+", a, b);
  in.budget().need((x.items.size() + y.items.size()) * sizeof(Value));
  Values items = x.items;
  items.insert(items.end(), y.items.begin(), y.items.end());
  return in.list(std::move(items), x.kind, either(x.origin, y.origin));
}

Value repeat(Interpreter& in, const Value& what, const Value& times) {
  const Int count = times.as_integer() < 0 ? 0 : times.as_integer();
  const size_t size =
      what.is(Kind::text) ? what.text().size() : what.list().items.size() * sizeof(Value);
  if (size > 0 && count > Int(1) << 40) fail_with("a repetition is too long");
  const size_t n = size > 0 ? size_t(count) : 0;
  in.budget().need(n * std::max<size_t>(size, 1));
  if (what.is(Kind::text)) {
    TextBuilder out(in.budget());
    for (size_t i = 0; i < n; ++i) out.add(what.text());
    return in.text(out, what.text_object().is_markup);
  }
  const ListObject& list = what.list();
  if (list.kind > ListKind::tuple) fail_types("*", what, times);
  Values items;
  items.reserve(n * list.items.size());
  for (size_t i = 0; i < n; ++i) items.insert(items.end(), list.items.begin(), list.items.end());
  return in.list(std::move(items), list.kind, list.origin);
}

Value multiply(Interpreter& in, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    Int out = 0;
    if (both_whole(a, b))
      return integer_of(__builtin_mul_overflow(a.as_integer(), b.as_integer(), &out), out, a, b);
    return real_of(a.as_real() * b.as_real(), a, b);
  }
  if ((a.is(Kind::text) || a.is(Kind::list)) && b.is_whole()) return repeat(in, a, b);
  if ((b.is(Kind::text) || b.is(Kind::list)) && a.is_whole()) return repeat(in, b, a);
  fail_types("*", a, b);
}

Value modulo(Interpreter& in, const Value& a, const Value& b) {
  if (a.is(Kind::text)) {
    TextBuilder out(in.budget());
    format_percent(in, out, a.text(), b);
    return in.text(out, a.text_object().is_markup);
  }
  if (!a.is_number() || !b.is_number()) fail_types("%", a, b);
  return modulo_numbers(a, b);
}

}  // namespace

Value binary(Interpreter& in, Operator op, const Value& left, const Value& right) {
  using Run = Value (*)(Interpreter&, const Value&, const Value&);
  static constexpr Run kRows[] = {add,          subtract, multiply, divide,
                                  floor_divide, modulo,   power};  // as Operator
  return kRows[size_t(op)](in, left, right);
}

Value negative(const Value& of) {
  Int out = 0;
  if (of.is(Kind::real)) return Value::real(-of.as_real(), of.origin());
  if (!of.is_whole()) fail_with(std::string("bad operand type for unary -: '") + type_name(of) + "'");
  if (__builtin_sub_overflow(Int(0), of.as_integer(), &out)) fail_overflow();
  return Value::integer(out, of.origin());
}

Value positive(const Value& of) {
  if (!of.is_number()) fail_with(std::string("bad operand type for unary +: '") + type_name(of) + "'");
  return of.is(Kind::real) ? of : Value::integer(of.as_integer(), of.origin());
}

bool contains(Interpreter& in, const Value& all, const Value& one) {
  if (all.is(Kind::text)) {
    if (!one.is(Kind::text))
      fail_with(std::string("'in <string>' requires string, not ") + type_name(one));
    in.budget().spend_text(all.text().size());
    return all.text().bytes.find(one.text().bytes) != std::string::npos;
  }
  if (all.is(Kind::dict)) {
    need_hashable(one);
    return all.dict().find(one) != nullptr;
  }
  const auto items = in.walk(all);
  for (const Value& item : items->items) {
    if (equal(in.budget(), item, one)) return true;
  }
  return false;
}

bool holds(Interpreter& in, Operator op, const Value& left, const Value& right) {
  switch (op) {
    case Operator::eq:
      return equal(in.budget(), left, right);
    case Operator::ne:
      return !equal(in.budget(), left, right);
    case Operator::in:
      return contains(in, right, left);
    case Operator::not_in:
      return !contains(in, right, left);
    default:
      break;
  }
  if (left.is_number() && right.is_number() &&
      (std::isnan(left.as_real()) || std::isnan(right.as_real())))
    return false;
  const int order = compare(in.budget(), left, right);
  return op == Operator::lt   ? order < 0
         : op == Operator::le ? order <= 0
         : op == Operator::gt ? order > 0
                              : order >= 0;
}

}  // namespace straddle::templates::jinja
