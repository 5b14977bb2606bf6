#include <algorithm>
#include <cmath>

#include "sample/order.h"
#include "sample/steps.h"

namespace straddle::sample {
namespace {

// In place, without a change of order.
template <class Stays>
Candidates keep_if(Candidates in, Stays stays) {
  const auto end = std::remove_if(in.begin(), in.end(), [&](const Candidate& c) { return !stays(c); });
  return in.first(size_t(end - in.begin()));
}

// The fewest candidates, in the order `before`, whose probabilities reach p (at least one).
// Sorts no further than it must: the first 64, then twice as many as before.
template <class Before>
Candidates fewest(Candidates in, double p, Before before) {
  double sum = 0;
  for (size_t sorted = 0; sorted < in.size();) {
    const size_t end = std::min(in.size(), std::max<size_t>(64, 2 * sorted));
    std::partial_sort(in.begin() + long(sorted), in.begin() + long(end), in.end(), before);
    for (; sorted < end; ++sorted) {
      sum += in[sorted].p;
      if (sum >= p) return in.first(sorted + 1);
    }
  }
  return in;
}

}  // namespace

// Mean first, then the squares around it: logits may be far from 0 and close to each other.
Candidates keep_top_n_sigma(Candidates in, double n) {
  double sum = 0, squares = 0;
  for (const Candidate& c : in) sum += c.logit;
  const double mean = sum / double(in.size());
  for (const Candidate& c : in) squares += (c.logit - mean) * (c.logit - mean);
  const double least = best(in).logit - n * std::sqrt(squares / double(in.size()));
  return keep_if(in, [=](const Candidate& c) { return c.logit >= least; });
}

Candidates keep_top_k(Candidates in, size_t k) {
  const Candidates kept = in.first(std::min(k, in.size()));
  std::partial_sort(kept.begin(), kept.end(), in.end(), better);
  return kept;
}

// |-ln p - entropy| = |logit - expected logit|, as p = softmax(logits).
Candidates keep_typical(Candidates in, double p) {
  double expected = 0;
  for (const Candidate& c : in) expected += double(c.p) * c.logit;
  return fewest(in, p, [=](const Candidate& a, const Candidate& b) {
    const double far_a = std::abs(a.logit - expected), far_b = std::abs(b.logit - expected);
    return far_a != far_b ? far_a < far_b : better(a, b);
  });
}

Candidates keep_top_p(Candidates in, double p) { return fewest(in, p, better); }

Candidates keep_min_p(Candidates in, double min_p) {
  const double least = best(in).logit + std::log(min_p);
  return keep_if(in, [=](const Candidate& c) { return c.logit >= least; });
}

Candidates exclude_top_choices(Candidates in, double threshold) {
  const Candidate* last = nullptr;
  for (const Candidate& c : in) {
    if (c.p >= threshold && (!last || better(*last, c))) last = &c;
  }
  if (!last) return in;
  const int32_t stays = last->id;
  return keep_if(in, [=](const Candidate& c) { return c.p < threshold || c.id == stays; });
}

// Probabilities are taken to fall as rank^-s (Zipf): s by least squares over the logarithms of the best
// 100, k so that the surprise to be expected among the k best is mu.
Candidates keep_mirostat_1(Candidates in, double mu, size_t vocabulary) {
  const Candidates head = keep_top_k(in, 100);
  double products = 0, squares = 0;
  for (size_t i = 0; i + 1 < head.size(); ++i) {
    const double step = std::log(double(i + 2) / double(i + 1));
    products += step * (double(head[i].logit) - head[i + 1].logit);
    squares += step * step;
  }
  if (products <= 0) return in;  // one candidate, or all equal: nothing to tell them apart
  const double s = products / squares, epsilon = s - 1;
  const double rest = epsilon == 0 ? std::log(double(vocabulary))
                                   : (1 - std::pow(double(vocabulary), -epsilon)) / epsilon;
  const double k = std::pow(std::exp2(mu) / rest, 1 / s);
  return keep_top_k(in, k < double(in.size()) ? std::max<size_t>(1, size_t(k)) : in.size());
}

Candidates keep_mirostat_2(Candidates in, double mu) {
  const double least = std::exp2(-mu);
  if (best(in).p < least) return keep_top_k(in, 1);
  return keep_if(in, [=](const Candidate& c) { return c.p >= least; });
}

}  // namespace straddle::sample
