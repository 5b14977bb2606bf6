// The words of a command as they are typed. A word may stand in double quotes, to hold blanks; inside,
// \" \\ \n \r \t mean what they mean in Go.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::cli::slash {

// What stands behind these words, between which and around which any blanks may stand; none where the
// line begins with others.
std::optional<std::string_view> behind(std::string_view line, std::string_view words);

// The first word of `rest`, which it is taken from. `where` is named in the error.
Result<std::string> take_word(std::string_view& rest, std::string_view where);

// All of `rest`, which may hold blanks without quotes too.
Result<std::string> whole_word(std::string_view rest, std::string_view where);

// As take_word reads it, in quotes where it must be.
std::string in_quotes(std::string_view word);

}  // namespace straddle::cli::slash
