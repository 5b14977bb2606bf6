// Constants as Go writes them.
#pragma once
#include <string>
#include <string_view>
#include <variant>

namespace straddle::templates::go {

// "a\n", `a`: without quotes and escapes. Throws a Failure.
std::string unquoted(std::string_view quoted);

// 1, 0x1F, 1_000, 1.5e3, 'a': an integer, or a float where the number is written as one. Throws a
// Failure.
std::variant<int64_t, double> number_of(std::string_view text);
int64_t character_of(std::string_view quoted);

}  // namespace straddle::templates::go
