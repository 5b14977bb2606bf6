#include "golden_index.h"

#include <cmath>
#include <sstream>

#include "testing/golden.h"

namespace straddle::quant {
namespace {

GoldenRow parse(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
  return {.name = cells.at(0),
          .format = Format(std::stoi(cells.at(1))),
          .block_values = uint32_t(std::stoi(cells.at(2))),
          .block_bytes = uint32_t(std::stoi(cells.at(3))),
          .error_all = std::stod(cells.at(8)),
          .error_last = std::stod(cells.at(9)),
          .weighted = cells.at(13) == "imatrix"};
}

}  // namespace

std::vector<GoldenRow> golden_rows() {
  std::istringstream in(testing::read_text(testing::source("tests/golden/quants/index.tsv")));
  std::string line;
  std::getline(in, line);  // the heading
  std::vector<GoldenRow> rows;
  while (std::getline(in, line)) rows.push_back(parse(line));
  return rows;
}

double relative_rms(std::span<const float> a, std::span<const float> ref, size_t first) {
  double error = 0, size = 0;
  for (size_t i = first; i < ref.size(); ++i) {
    error += (double(a[i]) - ref[i]) * (double(a[i]) - ref[i]);
    size += double(ref[i]) * ref[i];
  }
  return std::sqrt(error / size);
}

}  // namespace straddle::quant
