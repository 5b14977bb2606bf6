// What stands behind `is`.
#include <array>

#include "templates/characters.h"
#include "templates/jinja/interpreter.h"
#include "templates/jinja/operators.h"

namespace straddle::templates::jinja {
namespace {

using In = Interpreter;

Value truth(bool is) { return Value::boolean(is); }

template <Kind kind>
Value is_kind(In&, const Value& self, const Bound&) {
  return truth(self.is(kind));
}

template <Operator op>
Value is_op(In& in, const Value& self, const Bound& words) {
  return truth(holds(in, op, self, words[0]));
}

Value is_defined(In&, const Value& self, const Bound&) { return truth(!self.is(Kind::undefined)); }
Value is_number(In&, const Value& self, const Bound&) { return truth(self.is_number()); }
Value is_callable(In&, const Value& self, const Bound&) {
  return truth(self.is(Kind::callable) || self.is(Kind::loop) || self.is(Kind::undefined));
}
Value is_escaped(In&, const Value& self, const Bound&) {
  return truth(self.is(Kind::text) && self.text_object().is_markup);
}
Value is_true(In&, const Value& self, const Bound&) {
  return truth(self.is(Kind::boolean) && self.as_boolean());
}
Value is_false(In&, const Value& self, const Bound&) {
  return truth(self.is(Kind::boolean) && !self.as_boolean());
}

Value is_sequence(In&, const Value& self, const Bound&) {
  const bool list = self.is(Kind::list) && self.list().kind <= ListKind::range;
  return truth(list || self.is(Kind::text) || self.is(Kind::dict) || self.is(Kind::undefined));
}
Value is_iterable(In&, const Value& self, const Bound&) {
  return truth(self.is(Kind::list) || self.is(Kind::text) || self.is(Kind::dict) ||
               self.is(Kind::undefined) || self.is(Kind::loop));
}

bool has_rest(In& in, const Value& self, const Value& by) {
  return binary(in, Operator::modulo, self, by).is_true();
}
Value is_divisible(In& in, const Value& self, const Bound& words) {
  return truth(!has_rest(in, self, words[0]));
}
Value is_odd(In& in, const Value& self, const Bound&) {
  const Value rest = binary(in, Operator::modulo, self, Value::integer(2));
  return truth(equal(in.budget(), rest, Value::integer(1)));
}
Value is_even(In& in, const Value& self, const Bound&) {
  return truth(!has_rest(in, self, Value::integer(2)));
}

Value by_method(In& in, const Value& self, std::string_view name) {
  return find_row(text_methods(), name)->run(in, in.printed(self), {});
}
Value is_upper_case(In& in, const Value& self, const Bound&) { return by_method(in, self, "isupper"); }
Value is_lower_case(In& in, const Value& self, const Bound&) { return by_method(in, self, "islower"); }

Value is_filter(In& in, const Value& self, const Bound&) {
  const Value shown = in.printed(self);
  for (const auto rows : {text_filters(), list_filters(), value_filters()}) {
    if (find_row(rows, shown.text().bytes)) return truth(true);
  }
  return truth(false);
}
Value is_test(In& in, const Value& self, const Bound&) {
  const Value shown = in.printed(self);
  return truth(find_row(tests(), shown.text().bytes) != nullptr);
}

// One object, or equal where a value has no identity of its own.
Value is_same(In& in, const Value& self, const Bound& words) {
  if (self.kind() != words[0].kind()) return truth(false);
  if (self.is(Kind::list)) return truth(&self.list() == &words[0].list());
  if (self.is(Kind::dict)) return truth(&self.dict() == &words[0].dict());
  return truth(equal(in.budget(), self, words[0]));
}

constexpr auto kTests = std::to_array<Row>({
    {"!=", "other", is_op<Operator::ne>},
    {"<", "other", is_op<Operator::lt>},
    {"<=", "other", is_op<Operator::le>},
    {"==", "other", is_op<Operator::eq>},
    {">", "other", is_op<Operator::gt>},
    {">=", "other", is_op<Operator::ge>},
    {"boolean", "", is_kind<Kind::boolean>},
    {"callable", "", is_callable},
    {"defined", "", is_defined},
    {"divisibleby", "num", is_divisible},
    {"eq", "other", is_op<Operator::eq>},
    {"equalto", "other", is_op<Operator::eq>},
    {"escaped", "", is_escaped},
    {"even", "", is_even},
    {"false", "", is_false},
    {"filter", "", is_filter},
    {"float", "", is_kind<Kind::real>},
    {"ge", "other", is_op<Operator::ge>},
    {"greaterthan", "other", is_op<Operator::gt>},
    {"gt", "other", is_op<Operator::gt>},
    {"in", "seq", is_op<Operator::in>},
    {"integer", "", is_kind<Kind::integer>},
    {"iterable", "", is_iterable},
    {"le", "other", is_op<Operator::le>},
    {"lessthan", "other", is_op<Operator::lt>},
    {"lower", "", is_lower_case},
    {"lt", "other", is_op<Operator::lt>},
    {"mapping", "", is_kind<Kind::dict>},
    {"ne", "other", is_op<Operator::ne>},
    {"none", "", is_kind<Kind::none>},
    {"number", "", is_number},
    {"odd", "", is_odd},
    {"sameas", "other", is_same},
    {"sequence", "", is_sequence},
    {"string", "", is_kind<Kind::text>},
    {"test", "", is_test},
    {"true", "", is_true},
    {"undefined", "", is_kind<Kind::undefined>},
    {"upper", "", is_upper_case},
});

}  // namespace

std::span<const Row> tests() { return kTests; }

}  // namespace straddle::templates::jinja
