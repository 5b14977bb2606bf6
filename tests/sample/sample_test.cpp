#include "sample/sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sample/chain.h"

namespace straddle::sample {
namespace {

std::vector<Candidate> candidates(std::vector<float> logits) {
  std::vector<Candidate> out;
  for (size_t i = 0; i < logits.size(); ++i) out.push_back({int32_t(i), logits[i], 0});
  return out;
}

TEST(Chain, TopKSortsAndTheSmallerIdWinsAmongEquals) {
  auto all = candidates({1, 3, 2, 3});
  const auto kept = keep_top_k(all, 3);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].id, 1);
  EXPECT_EQ(kept[1].id, 3);
  EXPECT_EQ(kept[2].id, 2);
  EXPECT_EQ(keep_top_k(all, 0).size(), 4u);
}

TEST(Chain, TopPKeepsTheShortestRunThatReachesP) {
  auto all = candidates({std::log(0.5f), std::log(0.3f), std::log(0.2f)});
  auto sorted = keep_top_k(all, 0);
  softmax(sorted);
  EXPECT_EQ(keep_top_p(sorted, 0.5).size(), 1u);
  EXPECT_EQ(keep_top_p(sorted, 0.51).size(), 2u);
  EXPECT_EQ(keep_top_p(sorted, 0.0).size(), 1u);
  EXPECT_EQ(keep_top_p(sorted, 1.0).size(), 3u);
}

TEST(Chain, MinPIsAShareOfTheBest) {
  auto all = candidates({std::log(0.6f), std::log(0.3f), std::log(0.1f)});
  auto sorted = keep_top_k(all, 0);
  softmax(sorted);
  EXPECT_EQ(keep_min_p(sorted, 0.49).size(), 2u);
  EXPECT_EQ(keep_min_p(sorted, 0.51).size(), 1u);
  EXPECT_EQ(keep_min_p(sorted, 0.1).size(), 3u);
}

TEST(Chain, RepeatPenaltyMovesBothSignsDownOnce) {
  auto all = candidates({2, -2, 5});
  std::vector<uint8_t> seen(3);
  const std::vector<int32_t> history{0, 1, 0, 99, -1};
  penalise_repeats(all, history, 2, seen);
  EXPECT_EQ(all[0].logit, 1);
  EXPECT_EQ(all[1].logit, -4);
  EXPECT_EQ(all[2].logit, 5);
  EXPECT_EQ(seen, std::vector<uint8_t>(3));
}

TEST(Sampler, TemperatureZeroIsGreedyAndNanNeverWins) {
  options::Options o;
  o.temperature = 0;
  Sampler sampler(o, 4, 1);
  const std::vector<float> logits{1, std::numeric_limits<float>::quiet_NaN(), 7, 7};
  EXPECT_EQ(sampler.choose(logits, {}), 2);
}

TEST(Sampler, ASeedRepeatsAndFrequenciesFollowProbabilities) {
  options::Options o;
  o.temperature = 1;
  o.top_k = 0;
  o.top_p = 1;
  Sampler a(o, 3, 42), b(o, 3, 42);
  const std::vector<float> logits{std::log(0.5f), std::log(0.3f), std::log(0.2f)};
  std::vector<int32_t> history;
  int counts[3] = {0, 0, 0};
  for (int i = 0; i < 20000; ++i) {
    const int32_t id = a.choose(logits, history);
    ASSERT_EQ(id, b.choose(logits, history));
    ++counts[id];
    history.push_back(id);
  }
  EXPECT_NEAR(counts[0], 10000, 300);
  EXPECT_NEAR(counts[1], 6000, 300);
  EXPECT_NEAR(counts[2], 4000, 300);
}

TEST(Random, IsTheSameEverywhere) {
  EXPECT_EQ(random_at(0, 0), double(0xe220a8397b1dcdafu >> 11) * 0x1.0p-53);  // splitmix64's first number
  EXPECT_EQ(random_at(1, 7), random_at(1, 7));
  EXPECT_NE(random_at(1, 7), random_at(2, 7));
}

}  // namespace
}  // namespace straddle::sample
