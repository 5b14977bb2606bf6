#include <cmath>
#include <limits>

#include "sample/order.h"
#include "sample/steps.h"

namespace straddle::sample {

double dynamic_temperature(Candidates in, double t, double range, double exponent) {
  if (in.size() < 2) return t;
  double entropy = 0;
  for (const Candidate& c : in) entropy -= c.p > 0 ? c.p * std::log(double(c.p)) : 0;
  const double share = std::min(1.0, std::max(0.0, entropy / std::log(double(in.size()))));
  const double coldest = std::max(0.0, t - range);
  return coldest + (t + range - coldest) * std::pow(share, exponent);
}

void apply_temperature(Candidates in, double temperature) {
  const double top = best(in).logit;
  const double divisor = std::max(temperature, 1e-9);  // an entropy of 0 may ask for 0
  constexpr double least = std::numeric_limits<float>::lowest();
  for (Candidate& c : in) c.logit = float(std::max(least, (c.logit - top) / divisor));
}

void softmax(Candidates in) {
  const double top = best(in).logit;
  double sum = 0;
  for (Candidate& c : in) sum += c.p = float(std::exp(c.logit - top));
  for (Candidate& c : in) c.p = float(c.p / sum);
}

const Candidate& draw(Candidates in, double random) {
  const Candidate* chosen = &in[0];
  double sum = 0;
  for (const Candidate& c : in) {
    if (c.p == 0) continue;  // so that the last one, where the sum rounds below 1, is possible
    chosen = &c;
    sum += c.p;
    if (random < sum) break;
  }
  return *chosen;
}

}  // namespace straddle::sample
