#include "cli/columns.h"

#include <algorithm>

#include "cli/printable.h"
#include "terminal/terminal.h"

namespace straddle::cli {

std::string columns(const std::vector<std::vector<std::string>>& rows, size_t indent) {
  constexpr size_t kBetween = 4;
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], terminal::display_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    out.append(indent, ' ');
    for (size_t i = 0; i < row.size(); ++i) out += padded(row[i], widths[i] + kBetween);
    out += '\n';
  }
  return out;
}

}  // namespace straddle::cli
