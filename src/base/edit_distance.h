// How far two names are from each other, for "did you mean ...".
#pragma once
#include <cstddef>
#include <string_view>

namespace straddle {

// The fewest characters (bytes) to change, add, take away or swap with the next. Takes time and memory
// of the lengths' product: cut what a stranger wrote.
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace straddle
