// What is drawn, counted: whole chains against the probabilities that their definitions give.
#include <gtest/gtest.h>

#include <cmath>

#include "sample/naive.h"
#include "sample/sample.h"
#include "sample/with.h"

namespace straddle::sample {
namespace {

constexpr size_t kDraws = 100000;

std::vector<double> count(const options::Options& o, const std::vector<float>& logits, size_t draws) {
  const std::vector<int32_t> history(draws);
  Sampler sampler(o, logits.size(), 2024);
  std::vector<double> counts(logits.size());
  for (size_t i = 0; i < draws; ++i)
    ++counts[size_t(sampler.choose(logits, std::span(history).first(i)))];
  return counts;
}

// Chi-square; the limit is the value that one in a million true samples exceeds (Wilson and Hilferty's
// approximation). The seed is fixed: no test fails by chance.
void expect_distribution(const options::Options& o, const std::vector<float>& logits,
                         const naive::Values& expected) {
  const auto counts = count(o, logits, kDraws);
  double square = 0, classes = 0, rare = 0, rare_counted = 0;
  const auto compare = [&](double counted, double n) {
    square += (counted - n) * (counted - n) / n;
    ++classes;
  };
  for (size_t id = 0; id < logits.size(); ++id) {
    const auto found = expected.find(int32_t(id));
    const double n = found == expected.end() ? 0 : found->second * double(kDraws);
    EXPECT_TRUE(n > 0 || counts[id] == 0) << "token " << id << " was cut";
    if (n >= 10) {
      compare(counts[id], n);
    } else {  // too few for the approximation: together in one class
      rare += n;
      rare_counted += counts[id];
    }
  }
  if (rare >= 10) compare(rare_counted, rare);
  const double df = classes - 1, z = 4.753;
  EXPECT_LT(square, df * std::pow(1 - 2 / (9 * df) + z * std::sqrt(2 / (9 * df)), 3)) << df;
}

std::vector<float> slope() {
  std::vector<float> logits;
  for (int i = 0; i < 60; ++i) logits.push_back(3 - 0.1f * float((i * 37) % 60));
  return logits;
}

std::vector<float> zipf(size_t n) {
  std::vector<float> logits(n);
  for (size_t i = 0; i < n; ++i) logits[i] = float(-1.1 * std::log(double(i + 1)));
  return logits;
}

TEST(Distribution, OfTemperature) {
  for (const char* t : {"0.5", "1", "2.5"})
    expect_distribution(with({std::string("temperature=") + t}), slope(),
                        naive::softmax(naive::temperature(naive::from(slope()), std::stod(t))));
}
TEST(Distribution, OfTopKThenTopP) {
  const auto kept = naive::top_p(naive::top_k(naive::from(slope()), 30), 0.8);
  expect_distribution(with({"top_k=30", "top_p=0.8", "temperature=1.3"}), slope(),
                      naive::softmax(naive::temperature(kept, 1.3)));
}
TEST(Distribution, OfMinP) {
  const auto kept = naive::min_p(naive::from(slope()), 0.1);
  expect_distribution(with({"min_p=0.1"}), slope(), naive::softmax(kept));
}
TEST(Distribution, OfTypicalThenTopP) {
  const auto kept = naive::top_p(naive::typical(naive::from(slope()), 0.6), 0.7);
  expect_distribution(with({"typical_p=0.6", "top_p=0.7"}), slope(), naive::softmax(kept));
}
TEST(Distribution, OfTopNSigma) {
  const auto kept = naive::top_n_sigma(naive::from(slope()), 1.2);
  expect_distribution(with({"top_n_sigma=1.2"}), slope(), naive::softmax(kept));
}
TEST(Distribution, OfXtcIsAMixture) {
  const auto in = naive::from(slope());
  auto mixed = naive::softmax(in);
  for (auto& [id, p] : mixed) p *= 0.7;
  for (const auto& [id, p] : naive::softmax(naive::without_top_choices(in, 0.05))) mixed[id] += 0.3 * p;
  expect_distribution(with({"xtc_probability=0.3", "xtc_threshold=0.05"}), slope(), mixed);
}
TEST(Distribution, OfMirostatThatDoesNotLearn) {
  const auto in = naive::from(zipf(60));
  expect_distribution(with({"mirostat=1", "mirostat_tau=2", "mirostat_eta=0"}), zipf(60),
                      naive::softmax(naive::mirostat_1(in, 4, 60)));
  expect_distribution(with({"mirostat=2", "mirostat_tau=2.5", "mirostat_eta=0"}), zipf(60),
                      naive::softmax(naive::mirostat_2(in, 5)));
}

// mu moves until the mean surprise is tau.
TEST(Distribution, OfMirostatThatLearnsHasTheSurpriseThatItAimsAt) {
  for (const char* version : {"mirostat=1", "mirostat=2"}) {
    constexpr size_t draws = 20000;
    double entropy = 0;
    for (const double n : count(with({version, "mirostat_tau=4"}), zipf(2000), draws))
      entropy -= n > 0 ? n / draws * std::log2(n / draws) : 0;
    EXPECT_NEAR(entropy, 4, 0.3) << version;
  }
}

}  // namespace
}  // namespace straddle::sample
