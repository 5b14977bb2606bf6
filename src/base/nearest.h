// For messages about a word that nobody knows: the known one that was probably meant.
#pragma once
#include <span>
#include <string_view>

namespace straddle {

// By letters that were left out, added, changed or swapped, fewer than half of the word's; else a known
// word that has it as a part ("ctx": num_ctx). Empty where none is near; else a view of one of `known`.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace straddle
