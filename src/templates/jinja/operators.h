// Python's operators on values. Arithmetic with a quoted number gives a quoted one.
#pragma once
#include "templates/jinja/ast.h"
#include "templates/jinja/value.h"

namespace straddle::templates::jinja {

class Interpreter;

Value binary(Interpreter& in, Operator op, const Value& left, const Value& right);
Value negative(const Value& of);
Value positive(const Value& of);
bool holds(Interpreter& in, Operator op, const Value& left, const Value& right);  // eq to not_in
bool contains(Interpreter& in, const Value& all, const Value& one);

}  // namespace straddle::templates::jinja
