// Values as text: Python's str() and repr(), with provenance.
#pragma once
#include "templates/jinja/value.h"

namespace straddle::templates::jinja {

void print(TextBuilder& out, const Value& value);       // str(): what {{ }} shows
void print_repr(TextBuilder& out, const Value& value);  // repr(): what stands in a printed list

}  // namespace straddle::templates::jinja
