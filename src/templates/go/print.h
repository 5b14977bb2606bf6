// Values as text. What surrounds a quoted value is quoted too: brackets, commas, quotation marks.
#pragma once
#include <span>
#include <string>

#include "templates/go/value.h"

namespace straddle::templates::go {

void print_value(TextBuilder& out, const Value& value);          // Go's %v
void print_all(TextBuilder& out, std::span<const Value> words);  // blanks between what are no texts
void print_json(TextBuilder& out, const Value& value);           // Go's json.Marshal
std::string real_text(double number);                            // Go's %v: the shortest that reads back

}  // namespace straddle::templates::go
