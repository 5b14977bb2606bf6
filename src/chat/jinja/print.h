// Values as text: Python's str() and repr(), with provenance.
#pragma once
#include "chat/jinja/value.h"

namespace straddle::chat {

void print(TextBuilder& out, const Value& value);       // str(): what {{ }} shows
void print_repr(TextBuilder& out, const Value& value);  // repr(): what stands in a printed list

}  // namespace straddle::chat
