// Lines with columns that stand below each other.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace straddle::cli {

using TableRow = std::vector<std::string>;

// A column for each letter of `columns`: l stands to the left, r to the right; two blanks between them,
// none at the end of a line. Rows may be shorter.
std::string table(std::string_view columns, const std::vector<TableRow>& rows);

}  // namespace straddle::cli
