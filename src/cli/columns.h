// Columns as Ollama prints them: each cell is padded to the widest of its column and 4 blanks, the last
// one too.
#pragma once
#include <string>
#include <vector>

namespace straddle::cli {

// A line for each row, `indent` blanks in front. Rows may be shorter.
std::string columns(const std::vector<std::vector<std::string>>& rows, size_t indent = 0);

}  // namespace straddle::cli
