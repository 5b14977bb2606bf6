#include "base/measured.h"

#include <algorithm>
#include <functional>

namespace straddle {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + long(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double upper_quartile(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto reached = values.begin() + long(values.size() / 4);
  std::nth_element(values.begin(), reached, values.end(), std::greater<>());
  return *reached;
}

double spread(const std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto [least, most] = std::ranges::minmax(values);
  return (most - least) / median(values);
}

}  // namespace straddle
