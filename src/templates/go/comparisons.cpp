// eq, ne, lt, le, gt, ge. Go compares values of one kind only.
#include <string>

#include "templates/go/functions.h"

namespace straddle::templates::go {
namespace {

bool is_basic(const Value& value) { return value.kind() >= Kind::boolean && value.kind() <= Kind::text; }

[[noreturn]] void fail_kinds(const Value& a, const Value& b) {
  fail_with(std::string("incompatible types for comparison: ") + type_name(a) + " and " + type_name(b));
}

bool equal(const Value& a, const Value& b) {
  if (is_basic(a) != is_basic(b) || (is_basic(a) && a.kind() != b.kind())) {
    if (!a.is_nothing() && !b.is_nothing()) fail_kinds(a, b);
    return false;
  }
  switch (a.kind()) {
    case Kind::boolean:
    case Kind::integer:
      return a.as_integer() == b.as_integer();
    case Kind::real:
      return a.as_real() == b.as_real();
    case Kind::text:
      return a.text().bytes == b.text().bytes;
    default:
      break;
  }
  if (!a.is_nothing() && !b.is_nothing()) fail_with(std::string("non-comparable type ") + type_name(a));
  return a.is_nothing() == b.is_nothing();
}

bool less(const Value& a, const Value& b) {
  for (const Value* value : {&a, &b}) {
    if (!is_basic(*value)) fail_with(std::string("invalid type for comparison: ") + type_name(*value));
  }
  if (a.kind() != b.kind()) fail_kinds(a, b);
  switch (a.kind()) {
    case Kind::integer:
      return a.as_integer() < b.as_integer();
    case Kind::real:
      return a.as_real() < b.as_real();
    case Kind::text:
      return a.text().bytes < b.text().bytes;
    default:
      fail_with("invalid type for comparison: bool");
  }
}

void spend_for(const Call& call) {
  for (const Value& word : call.words) {
    if (word.is(Kind::text)) call.budget.spend_text(word.text().size());
  }
}

}  // namespace

// a == b || a == c || ...
Value eq(const Call& call) {
  spend_for(call);
  if (call.words.size() < 2) fail_with("missing argument for comparison");
  for (const Value& other : call.words.subspan(1)) {
    if (equal(call.words[0], other)) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value ne(const Call& call) { return Value::boolean(!eq(call).as_boolean()); }

Value lt(const Call& call) {
  spend_for(call);
  return Value::boolean(less(call.words[0], call.words[1]));
}

Value le(const Call& call) { return Value::boolean(lt(call).as_boolean() || eq(call).as_boolean()); }
Value gt(const Call& call) { return Value::boolean(!le(call).as_boolean()); }
Value ge(const Call& call) { return Value::boolean(!lt(call).as_boolean()); }

}  // namespace straddle::templates::go
