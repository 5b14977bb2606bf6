#include "cli/table.h"

#include <algorithm>

#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

std::vector<size_t> widths_of(size_t columns, const std::vector<TableRow>& rows) {
  std::vector<size_t> out(columns);
  for (const TableRow& row : rows)
    for (size_t i = 0; i < std::min(columns, row.size()); ++i)
      out[i] = std::max(out[i], terminal::display_width(row[i]));
  return out;
}

}  // namespace

std::string table(std::string_view columns, const std::vector<TableRow>& rows) {
  const std::vector<size_t> widths = widths_of(columns.size(), rows);
  std::string out;
  for (const TableRow& row : rows) {
    std::string line;
    for (size_t i = 0; i < std::min(columns.size(), row.size()); ++i) {
      const std::string blanks(widths[i] - terminal::display_width(row[i]), ' ');
      line += i ? "  " : "";
      line += columns[i] == 'r' ? blanks + row[i] : row[i] + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace straddle::cli
