// Text from a file that may be shown: it cannot steer the terminal.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace straddle::cli {

// Line ends and tabs as \n \r \t, other control characters (C1 too) and bytes that are no UTF-8 as
// '?'; cut behind `most` characters, then "...".
std::string printable(std::string_view text, size_t most = size_t(-1));

// With blanks behind it up to `width` columns of a terminal; longer text stays as it is.
std::string padded(std::string text, size_t width);

}  // namespace straddle::cli
