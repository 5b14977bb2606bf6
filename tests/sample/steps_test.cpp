// Each step against its plain definition, on logits of many shapes and sizes.
#include "sample/steps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>
#include <limits>

#include "sample/naive.h"

namespace straddle::sample {
namespace {

std::vector<Candidate> candidates(const std::vector<float>& logits) {
  std::vector<Candidate> out;
  for (size_t i = 0; i < logits.size(); ++i) out.push_back({int32_t(i), logits[i], 0});
  softmax(out);
  return out;
}

std::vector<int32_t> ids(Candidates in) {
  std::vector<int32_t> out;
  for (const Candidate& c : in) out.push_back(c.id);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<int32_t> ids(const naive::Values& values) {
  std::vector<int32_t> out;
  for (const auto& [id, value] : values) out.push_back(id);
  return out;
}

// Calls check(logits, a number in (0, 1)) for many random cases.
void for_many(const std::function<void(const std::vector<float>&, double)>& check) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    const auto logits = naive::random_logits(random, 1 + random() % (seed % 10 == 0 ? 600 : 20));
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(logits, std::uniform_real_distribution<double>(0.001, 0.999)(random));
    if (::testing::Test::HasFailure()) return;
  }
}

void expect_agreement(const std::function<Candidates(Candidates, double)>& step,
                      const std::function<naive::Values(const naive::Values&, double)>& definition) {
  for_many([&](const std::vector<float>& logits, double x) {
    auto all = candidates(logits);
    EXPECT_EQ(ids(step(all, x)), ids(definition(naive::from(logits), x)));
  });
}

TEST(Steps, TopKKeepsTheBest) {
  expect_agreement([](auto in, double x) { return keep_top_k(in, 1 + size_t(x * 30)); },
                   [](const auto& in, double x) { return naive::top_k(in, 1 + size_t(x * 30)); });
}
TEST(Steps, TopPKeepsTheShortestRun) { expect_agreement(keep_top_p, naive::top_p); }
TEST(Steps, TypicalKeepsWhatIsNearTheEntropy) { expect_agreement(keep_typical, naive::typical); }
TEST(Steps, MinPIsAShareOfTheBest) { expect_agreement(keep_min_p, naive::min_p); }
TEST(Steps, TopNSigmaCountsDeviations) {
  expect_agreement([](auto in, double x) { return keep_top_n_sigma(in, 3 * x); },
                   [](const auto& in, double x) { return naive::top_n_sigma(in, 3 * x); });
}
TEST(Steps, XtcLeavesTheLastOfTheLikely) {
  expect_agreement([](auto in, double x) { return exclude_top_choices(in, x / 2); },
                   [](const auto& in, double x) { return naive::without_top_choices(in, x / 2); });
}
TEST(Steps, Mirostat2CutsBySurprise) {
  expect_agreement([](auto in, double x) { return keep_mirostat_2(in, 10 * x); },
                   [](const auto& in, double x) { return naive::mirostat_2(in, 10 * x); });
}

TEST(Steps, Mirostat1FollowsZipf) {
  for_many([&](const std::vector<float>& logits, double x) {
    if (std::equal(logits.begin() + 1, logits.end(), logits.begin())) return;  // all equal: undefined
    auto all = candidates(logits);
    EXPECT_EQ(ids(keep_mirostat_1(all, 10 * x, 1000)),
              ids(naive::mirostat_1(naive::from(logits), 10 * x, 1000)));
  });
}

TEST(Steps, WhatIsCutByRankIsSortedBestFirst) {
  auto all = candidates({1, 3, 2, 3});
  const auto kept = keep_top_p(all, 1);
  ASSERT_EQ(kept.size(), 4u);
  EXPECT_EQ(kept[0].id, 1);  // the smaller id among equals
  EXPECT_EQ(kept[1].id, 3);
  EXPECT_EQ(kept[2].id, 2);
}

TEST(Steps, TemperatureAndDynamicTemperature) {
  for_many([&](const std::vector<float>& logits, double x) {
    auto all = candidates(logits);
    const double t = 0.1 + 3 * x, range = 2 * x;
    double entropy = 0;
    for (const auto& [id, p] : naive::softmax(naive::from(logits)))
      entropy -= p > 0 ? p * std::log(p) : 0;
    const double share = std::min(1.0, entropy / std::log(double(logits.size())));
    const double low = std::max(0.0, t - range), high = t + range;
    EXPECT_NEAR(dynamic_temperature(all, t, range, 1.5),
                logits.size() < 2 ? t : low + (high - low) * std::pow(share, 1.5), 1e-4);
    apply_temperature(all, t);
    softmax(all);
    const auto expected = naive::softmax(naive::temperature(naive::from(logits), t));
    for (const Candidate& c : all) EXPECT_NEAR(c.p, expected.at(c.id), 1e-5);
  });
}

// Each step, with its number at 0, tiny, usual and extreme.
std::vector<std::function<Candidates(Candidates)>> extreme_steps() {
  std::vector<std::function<Candidates(Candidates)>> out;
  for (const double x : {0.0, 1e-300, 0.5, 1.0}) {
    out.push_back([x](Candidates in) { return keep_top_p(in, x); });
    out.push_back([x](Candidates in) { return keep_typical(in, x); });
    out.push_back([x](Candidates in) { return keep_min_p(in, x); });
    out.push_back([x](Candidates in) { return keep_top_n_sigma(in, x); });
    out.push_back([x](Candidates in) { return exclude_top_choices(in, x); });
  }
  for (const double mu : {-1e6, 0.0, 5.0, 1e6}) {
    out.push_back([mu](Candidates in) { return keep_mirostat_1(in, mu, 1000); });
    out.push_back([mu](Candidates in) { return keep_mirostat_2(in, mu); });
  }
  for (const double t : {0.0, 1e-300, 1e6}) {
    out.push_back([t](Candidates in) {
      apply_temperature(in, t);
      return in;
    });
  }
  return out;
}

TEST(Steps, SomethingIsLeftAndItsProbabilitiesAddUp) {
  const float huge = std::numeric_limits<float>::max();
  const std::vector<std::vector<float>> cases{{3},
                                              {-huge},
                                              {0, 0, 0, 0, 0},
                                              {huge, huge, -huge},
                                              {huge, -huge, 0},
                                              std::vector<float>(1000, -7.5f)};
  for (const auto& logits : cases) {
    for (const auto& step : extreme_steps()) {
      auto all = candidates(logits);
      const Candidates left = step(all);
      ASSERT_FALSE(left.empty());
      softmax(left);
      double sum = 0;
      for (const Candidate& c : left) sum += c.p;
      EXPECT_NEAR(sum, 1, 1e-5) << logits.size() << " logits, the first " << logits[0];
    }
  }
}

TEST(Steps, DrawTakesTheLastPossibleWhereTheSumRoundsBelowOne) {
  std::vector<Candidate> in{{4, 0, 0.25f}, {5, 0, 0.5f}, {6, 0, 0.2499f}, {7, 0, 0}};
  EXPECT_EQ(draw(in, 0).id, 4);
  EXPECT_EQ(draw(in, 0.25).id, 5);
  EXPECT_EQ(draw(in, 0.75).id, 6);
  EXPECT_EQ(draw(in, 0.99999).id, 6);
}

TEST(Penalties, CountOncePerTokenOrPerOccurrence) {
  std::vector<float> logits{2, -2, 5, 1};
  std::vector<uint32_t> counts(4);
  const std::vector<int32_t> window{0, 1, 0, 99, -1, 0};
  penalise(logits, window, {2, 0.5f, 0.25f}, counts);
  EXPECT_EQ(logits, (std::vector<float>{1 - 0.5f - 0.75f, -4 - 0.5f - 0.25f, 5, 1}));
  EXPECT_EQ(counts, std::vector<uint32_t>(4));
}

TEST(Penalties, BiasesAddUpAndForeignIdsAreLeftAlone) {
  std::vector<float> logits{1, 2};
  const std::vector<options::TokenBias> biases{{1, 0.5}, {1, 1}, {7, 3}, {0, -INFINITY}};
  add_bias(logits, biases);
  EXPECT_EQ(logits, (std::vector<float>{-INFINITY, 3.5f}));
}

TEST(Dry, IsItsDefinition) {
  const std::vector<std::string> texts{"a", "b", "\n", "x:", "", "ab", "--", "-"};
  const TokenBytes tokens(texts, {});
  const std::vector<std::vector<std::string>> breaker_lists{{},       {"\n", ":"}, {"ba"}, {"---", "bb"},
                                                            {"a\nb"}, {"aba"}};
  std::vector<uint32_t> matches, longest(texts.size());
  for (unsigned seed = 0; seed < 5000; ++seed) {
    std::mt19937 random(seed);
    std::vector<int32_t> window(random() % 40);
    const size_t kinds = 1 + random() % texts.size();
    for (int32_t& id : window) id = int32_t(random() % kinds);
    const auto& breakers = breaker_lists[random() % breaker_lists.size()];
    const Dry dry{0.5 + double(seed % 3), 1 + double(seed % 4) / 4, 1 + random() % 4};
    std::vector<float> logits(texts.size());
    penalise_repetition(logits, window, dry, Breakers(&tokens, breakers), matches, longest);
    auto expected = naive::dry(window, dry.multiplier, dry.base, dry.allowed_length, texts, breakers);
    for (size_t id = 0; id < texts.size(); ++id)
      ASSERT_FLOAT_EQ(-logits[id], float(expected[int32_t(id)])) << "seed " << seed << ", token " << id;
    ASSERT_EQ(longest, std::vector<uint32_t>(texts.size()));
  }
}

TEST(Dry, AHostileHistoryTakesLinearTime) {
  const TokenBytes tokens(std::vector<std::string>{"b", "a"}, {});
  const Breakers breakers(&tokens, {"c" + std::string(20, 'a')});
  std::vector<int32_t> window(2'000'000, 1);
  std::vector<float> logits(2);
  std::vector<uint32_t> matches, longest(2);
  const std::clock_t start = std::clock();  // of this process: other work on the machine does not count
  for (const int32_t middle : {0, 1}) {
    window[window.size() / 2] = middle;
    penalise_repetition(logits, window, {1, 1.75, 2}, breakers, matches, longest);
  }
  EXPECT_LT(std::clock() - start, 20 * CLOCKS_PER_SEC);  // squared: hours
  EXPECT_EQ(logits[1], -INFINITY);
}

}  // namespace
}  // namespace straddle::sample
