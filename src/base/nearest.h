// What a person most likely meant by a word that is no name.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace straddle {

// Which of the names `word` is a slip of the fingers away from (letters that are missing, too many,
// wrong or in another order), or the beginning of; none where no name is near.
std::optional<size_t> nearest(std::string_view word, std::span<const std::string> names);

}  // namespace straddle
