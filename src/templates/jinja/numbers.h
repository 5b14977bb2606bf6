// Numbers as Python writes and reads them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "templates/jinja/value.h"

namespace straddle::templates::jinja {

std::string integer_text(Int number, unsigned base = 10);  // base 2 to 16, small letters
std::string real_text(double number);                      // repr(): the shortest that reads back

// A sign, white space around and single underscores are allowed, as int() and float() do. base 0: by
// prefix 0x, 0o, 0b. Nothing where it is no number or does not fit.
std::optional<Int> read_integer(std::string_view text, unsigned base = 10);
std::optional<double> read_real(std::string_view text);

// Nothing where it does not fit in 128 bits.
std::optional<Int> whole_part(double number);

}  // namespace straddle::templates::jinja
