#include "sample/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sample/chain.h"
#include "sample/naive.h"
#include "sample/with.h"

namespace straddle::sample {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<std::string_view> steps_of(const options::Options& o) {
  std::vector<std::string_view> out;
  for (const ChainStep& step : chain()) {
    if (step.on(o)) out.push_back(step.name);
  }
  return out;
}

TEST(Chain, HasOneOrder) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(steps_of(with({})), Names{});
  EXPECT_EQ(steps_of(options::Options{}), (Names{"top_k", "top_p", "temperature"}));
  auto o = with({"temperature=0.7", "logit_bias=1-1", "repeat_penalty=1.1", "dry_multiplier=0.8",
                 "top_n_sigma=1", "top_k=40", "typical_p=0.9", "top_p=0.9", "min_p=0.05",
                 "xtc_probability=0.5"});
  EXPECT_EQ(steps_of(o), (Names{"logit_bias", "penalties", "dry", "top_n_sigma", "top_k", "typical_p",
                                "top_p", "min_p", "xtc", "temperature"}));
  o.dynatemp_range = 0.5;
  EXPECT_EQ(steps_of(o).back(), "dynamic_temperature");
  o.mirostat = 2;
  EXPECT_EQ(steps_of(o), (Names{"logit_bias", "penalties", "dry", "dynamic_temperature", "mirostat_2"}));
  o.temperature = 0;
  EXPECT_EQ(steps_of(o), (Names{"logit_bias", "penalties", "dry", "greedy"}));
  for (size_t i = 1; i < chain().size(); ++i)
    EXPECT_TRUE(chain()[i].needs != Needs::logits || chain()[i - 1].needs == Needs::logits);
}

TEST(Sampler, TemperatureZeroIsGreedyAndNanNeverWins) {
  Sampler sampler(with({"temperature=0", "xtc_probability=1", "top_k=2"}), 4, 1);
  EXPECT_EQ(sampler.choose(std::vector<float>{1, kNan, 7, 7}, {}), 2);
}

TEST(Sampler, ASeedRepeatsWithEveryStepOn) {
  const auto o = with({"temperature=1.5", "repeat_penalty=1.1", "presence_penalty=0.1",
                       "frequency_penalty=0.1", "dry_multiplier=0.8", "top_n_sigma=3", "top_k=60",
                       "typical_p=0.98", "top_p=0.99", "min_p=0.01", "xtc_probability=0.5"});
  Sampler a(o, 100, 42), b(o, 100, 42), other(o, 100, 43);
  std::vector<int32_t> history;
  int differences = 0;
  for (unsigned i = 0; i < 500; ++i) {
    std::mt19937 random(i);
    const auto logits = naive::random_logits(random, 100);
    const int32_t id = a.choose(logits, history);
    ASSERT_EQ(id, b.choose(logits, history));
    differences += id != other.choose(logits, history);
    history.push_back(id);
  }
  EXPECT_GT(differences, 50);
}

std::vector<options::Options> extreme_options() {
  return {with({}),
          with({"temperature=0"}),
          with({"temperature=1e6"}),
          with({"temperature=1e-6"}),
          with({"top_k=1"}),
          with({"top_p=0"}),
          with({"top_p=0.5", "top_k=3"}),
          with({"min_p=1"}),
          with({"typical_p=0"}),
          with({"typical_p=0.7"}),
          with({"top_n_sigma=1"}),
          with({"xtc_probability=1", "xtc_threshold=0"}),
          with({"mirostat=1"}),
          with({"mirostat=2"}),
          with({"mirostat=2", "mirostat_tau=0", "mirostat_eta=10"}),
          with({"mirostat=1", "mirostat_tau=1000", "mirostat_eta=10"}),
          with({"dynatemp_range=5"}),
          with({"repeat_penalty=1000", "repeat_last_n=-1"}),
          with({"dry_multiplier=1e6", "dry_base=1000"})};
}

// Whatever logits come, with whatever steps, an id of the vocabulary comes out, and one that is
// possible while there is one.
TEST(Sampler, EveryChainBearsEveryLogit) {
  const std::vector<std::vector<float>> cases{{5},
                                              {kNan},
                                              {kNan, kNan},
                                              {-kInfinity, -kInfinity, -kInfinity},
                                              {kInfinity, 0, kInfinity},
                                              {kInfinity, -kInfinity, kNan},
                                              {2, 2, 2, 2, 2, 2},
                                              {-kInfinity, 1, kNan, 1, -kInfinity},
                                              {3e38f, -3e38f, 3e38f, 0}};
  const std::vector<int32_t> history{0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  for (const auto& logits : cases) {
    const bool possible =
        std::any_of(logits.begin(), logits.end(), [](float l) { return l > -kInfinity; });
    for (const options::Options& o : extreme_options()) {
      Sampler sampler(o, logits.size(), 9);
      for (size_t n = 0; n <= history.size(); ++n) {
        const int32_t id = sampler.choose(logits, std::span(history).first(n));
        ASSERT_GE(id, 0);
        ASSERT_LT(size_t(id), logits.size());
        EXPECT_TRUE(!possible || logits[size_t(id)] > -kInfinity);
      }
    }
  }
}

TEST(Sampler, OnlyAllowedTokensAreChosenEvenImpossibleOnes) {
  TokenSet allowed(70);
  Sampler sampler(with({}), 70, 3);
  std::vector<float> logits(70, 1);
  EXPECT_EQ(sampler.choose(logits, {}, &allowed), -1);
  for (const int32_t id : {3, 64, 69}) allowed[size_t(id)] = true;
  const std::vector<int32_t> history(300);
  for (const float value : {1.0f, -kInfinity, kNan}) {
    for (const int32_t id : {3, 64, 69}) logits[size_t(id)] = value;
    for (size_t n = 0; n < history.size(); ++n)
      EXPECT_TRUE(allowed[size_t(sampler.choose(logits, std::span(history).first(n), &allowed))]);
  }
}

TEST(Sampler, RowsBeyondTheMaskAreNotAllowed) {
  const TokenSet allowed{false, true};
  EXPECT_EQ(Sampler(with({}), 3, 1).choose(std::vector<float>{5, 0, 9}, {}, &allowed), 1);
}

TEST(Sampler, PenaltiesLookAtTheirWindow) {
  const std::vector<float> logits{5, 4.9f, 0};
  const std::vector<int32_t> history{0, 2, 2, 2};
  const auto choice = [&](std::initializer_list<std::string> assignments) {
    auto o = with(assignments);
    o.temperature = 0;
    return Sampler(o, 3, 1).choose(logits, history);
  };
  EXPECT_EQ(choice({"repeat_penalty=1.5", "repeat_last_n=3"}), 0);
  EXPECT_EQ(choice({"repeat_penalty=1.5", "repeat_last_n=4"}), 1);
  EXPECT_EQ(choice({"presence_penalty=1", "repeat_last_n=-1"}), 1);
  EXPECT_EQ(choice({"frequency_penalty=1", "repeat_last_n=0"}), 0);
  EXPECT_EQ(choice({"frequency_penalty=-2"}), 0);
  EXPECT_EQ(choice({"logit_bias=2+10"}), 2);
  EXPECT_EQ(choice({"logit_bias=0-inf"}), 1);
}

TEST(Sampler, DryStopsAtItsBreakers) {
  const TokenBytes tokens(std::vector<std::string>{"one", " two", ":", " three"}, {});
  const std::vector<int32_t> history{0, 1, 3, 2, 0, 1};  // "one two three:one two": now " three"?
  const std::vector<float> logits{0, 0, 0, 5};
  const auto repeats = [&](std::initializer_list<std::string> assignments, bool known = true) {
    auto o = with(assignments);
    o.temperature = 0;
    return Sampler(o, 4, 1, known ? &tokens : nullptr).choose(logits, history) == 3;
  };
  EXPECT_FALSE(repeats({"dry_multiplier=10"}));
  EXPECT_TRUE(repeats({"dry_multiplier=10", "dry_allowed_length=3"}));
  EXPECT_TRUE(repeats({"dry_multiplier=10", "dry_sequence_breaker=ne tw"}));
  EXPECT_FALSE(repeats({"dry_multiplier=10", "dry_sequence_breaker=none"}));
  EXPECT_FALSE(repeats({"dry_multiplier=10", "dry_sequence_breaker=ne tw"}, false));
  EXPECT_TRUE(repeats({"dry_multiplier=10", "dry_penalty_last_n=2"}));
}

TEST(Random, IsTheSameEverywhere) {
  EXPECT_EQ(random_at(0, 0),
            double(0xe220a8397b1dcdafu >> 11) * 0x1.0p-53);  // splitmix64's first number
  EXPECT_EQ(random_at(1, 7), random_at(1, 7));
  EXPECT_NE(random_at(1, 7), random_at(2, 7));
  EXPECT_NE(random_at(1, 7), random_at(1, 7, 1));
}

}  // namespace
}  // namespace straddle::sample
