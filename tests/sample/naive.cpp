#include "sample/naive.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace straddle::sample::naive {
namespace {

std::vector<int32_t> ranked(const Values& values, const std::function<double(int32_t)>& worse) {
  std::vector<int32_t> ids;
  for (const auto& [id, value] : values) ids.push_back(id);
  std::stable_sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) { return worse(a) < worse(b); });
  return ids;
}

std::vector<int32_t> best_first(const Values& logits) {
  return ranked(logits, [&](int32_t id) { return -logits.at(id); });
}

Values filtered(const Values& logits, const std::function<bool(int32_t)>& stays) {
  Values out;
  for (const auto& [id, logit] : logits) {
    if (stays(id)) out[id] = logit;
  }
  return out;
}

Values run_of(const std::vector<int32_t>& order, const Values& logits, double p) {
  const Values chances = softmax(logits);
  Values out;
  double sum = 0;
  for (const int32_t id : order) {
    out[id] = logits.at(id);
    if ((sum += chances.at(id)) >= p) break;
  }
  return out;
}

// The number of the token in which the last breaker ends, or -1.
long last_break(const std::vector<int32_t>& window, const std::vector<std::string>& texts,
                const std::vector<std::string>& breakers) {
  std::string all;
  std::vector<long> token_of;
  for (size_t i = 0; i < window.size(); ++i) {
    all += texts[size_t(window[i])];
    token_of.resize(all.size(), long(i));
  }
  long last = -1;
  for (const std::string& breaker : breakers) {
    const size_t at = all.rfind(breaker);
    if (at != all.npos) last = std::max(last, token_of[at + breaker.size() - 1]);
  }
  return last;
}

}  // namespace

Values from(const std::vector<float>& logits) {
  Values out;
  for (size_t i = 0; i < logits.size(); ++i) out[int32_t(i)] = logits[i];
  return out;
}

Values softmax(const Values& logits) {
  double top = -INFINITY, sum = 0;
  Values out;
  for (const auto& [id, logit] : logits) top = std::max(top, logit);
  for (const auto& [id, logit] : logits) sum += out[id] = std::exp(logit - top);
  for (auto& [id, p] : out) p /= sum;
  return out;
}

Values top_n_sigma(const Values& logits, double n) {
  double top = -INFINITY, mean = 0, variance = 0;
  for (const auto& [id, logit] : logits) {
    top = std::max(top, logit);
    mean += logit / double(logits.size());
  }
  for (const auto& [id, logit] : logits) variance += std::pow(logit - mean, 2) / double(logits.size());
  return filtered(logits, [&](int32_t id) { return logits.at(id) >= top - n * std::sqrt(variance); });
}

Values top_k(const Values& logits, size_t k) {
  std::vector<int32_t> order = best_first(logits);
  order.resize(std::min(k, order.size()));
  return filtered(logits,
                  [&](int32_t id) { return std::find(order.begin(), order.end(), id) != order.end(); });
}

Values typical(const Values& logits, double p) {
  const Values chances = softmax(logits);
  double entropy = 0;
  for (const auto& [id, chance] : chances) entropy -= chance > 0 ? chance * std::log(chance) : 0;
  const auto far = [&](int32_t id) { return std::abs(-std::log(chances.at(id)) - entropy); };
  return run_of(ranked(logits, far), logits, p);
}

Values top_p(const Values& logits, double p) { return run_of(best_first(logits), logits, p); }

Values min_p(const Values& logits, double share) {
  const Values chances = softmax(logits);
  double top = 0;
  for (const auto& [id, chance] : chances) top = std::max(top, chance);
  return filtered(logits, [&](int32_t id) { return chances.at(id) >= share * top; });
}

Values without_top_choices(const Values& logits, double threshold) {
  const Values chances = softmax(logits);
  std::vector<int32_t> likely;
  for (const int32_t id : best_first(logits)) {
    if (chances.at(id) >= threshold) likely.push_back(id);
  }
  if (!likely.empty()) likely.pop_back();
  return filtered(
      logits, [&](int32_t id) { return std::find(likely.begin(), likely.end(), id) == likely.end(); });
}

Values mirostat_1(const Values& logits, double mu, size_t vocabulary) {
  const Values chances = softmax(logits);
  const std::vector<int32_t> order = best_first(logits);
  double products = 0, squares = 0;
  for (size_t i = 1; i < std::min<size_t>(order.size(), 100); ++i) {
    const double t = std::log(double(i + 1) / double(i));
    products += t * std::log(chances.at(order[i - 1]) / chances.at(order[i]));
    squares += t * t;
  }
  const double s = products / squares, e = s - 1;
  const double k = std::pow(e * std::pow(2, mu) / (1 - std::pow(double(vocabulary), -e)), 1 / s);
  return top_k(logits, k < 1 ? 1 : k > 1e9 ? logits.size() : size_t(k));
}

Values mirostat_2(const Values& logits, double mu) {
  const Values chances = softmax(logits);
  const Values out = filtered(logits, [&](int32_t id) { return -std::log2(chances.at(id)) <= mu; });
  return out.empty() ? top_k(logits, 1) : out;
}

Values temperature(const Values& logits, double t) {
  Values out = logits;
  for (auto& [id, logit] : out) logit /= t;
  return out;
}

Values dry(const std::vector<int32_t>& window, double multiplier, double base, size_t allowed,
           const std::vector<std::string>& texts, const std::vector<std::string>& breakers) {
  const size_t n = window.size();
  const size_t limit = n - size_t(last_break(window, texts, breakers) + 1);
  Values out;
  for (size_t j = 0; j < n; ++j) {  // window[j] came once before: after how much of the window's end?
    size_t run = 0;
    while (run < std::min(j, limit) && window[j - 1 - run] == window[n - 1 - run]) ++run;
    const std::string& text = texts[size_t(window[j])];
    const auto inside = [&](const std::string& breaker) { return text.find(breaker) != text.npos; };
    if (run < allowed || std::any_of(breakers.begin(), breakers.end(), inside)) continue;
    double& penalty = out[window[j]];
    penalty = std::max(penalty, multiplier * std::pow(base, double(run - allowed)));
  }
  return out;
}

std::vector<float> random_logits(std::mt19937& random, size_t n) {
  std::normal_distribution<float> normal(0, std::array{0.1f, 1.0f, 4.0f, 15.0f}[random() % 4]);
  const bool ties = random() % 4 == 0;
  std::vector<float> out(n);
  for (float& logit : out) logit = ties ? std::round(normal(random)) : normal(random);
  return out;
}

}  // namespace straddle::sample::naive
