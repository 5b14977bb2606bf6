// What must hold of every plan, on random problems: 300 of them, 10,000 with STRADDLE_LONG=1. Where each
// is solved some 20 times there are fewer.
#include "plan/search.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <limits>

#include "plan/families.h"
#include "plan/fill.h"
#include "plan/random_problem.h"

namespace straddle::plan {
namespace {

using testing::Recipe;

uint32_t cases() { return std::getenv("STRADDLE_LONG") ? 10'000 : 300; }

constexpr testing::Sizes kCoarse{.layers = 12, .steps = 8};
// As of real models: many steps, one device beside home.
constexpr testing::Sizes kFine{.layers = 20, .least_steps = 14, .steps = 56, .most_cards = 1};

struct Answer {
  Problem problem;
  std::optional<Found> found;
  int64_t ns = std::numeric_limits<int64_t>::max();  // none: endless
};

Answer solve(const Recipe& recipe) {
  Answer out{testing::problem_of(recipe), {}};
  out.found = search(out.problem, Counts(out.problem));
  if (out.found) out.ns = walk(out.problem, out.found->counts).total_ns;
  return out;
}

// With random recipes, one_in of the cases.
template <class Check>
void for_recipes(testing::Sizes sizes, const Check& check, uint32_t one_in = 1) {
  for (uint32_t seed = 0; seed < cases() / one_in; ++seed) {
    std::mt19937 random(seed);
    const Recipe recipe = testing::random_recipe(random, sizes);
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(recipe);
    if (::testing::Test::HasFailure()) break;
  }
}

void check_places(const Recipe& recipe, const Answer& a) {
  for (size_t s = 0; s < a.problem.stages.size(); ++s) {
    uint32_t sum = 0;
    for (const uint32_t n : a.found->counts[s]) sum += n;
    EXPECT_EQ(sum, a.problem.stages[s].steps);
  }
  EXPECT_TRUE(fits(a.problem, taken_bytes(a.problem, a.found->counts)));
  EXPECT_EQ(solve(recipe).found->counts, a.found->counts);
}

void check_bound(const Recipe& recipe, const Answer& a) {
  EXPECT_LE(a.found->bound_ns, a.ns);
  if (recipe.devices.size() < 2) return;
  const Counts home(a.problem);
  for (uint32_t layers = 0; layers <= recipe.layers; ++layers) {
    for (const bool output : {false, true}) {
      const auto simple = place_family(a.problem, home, {false, layers, output, {1}});
      if (!simple || !fits(a.problem, taken_bytes(a.problem, *simple))) continue;
      EXPECT_LE(a.ns, walk(a.problem, *simple).total_ns + 1000);
    }
  }
}

// A step below 9/10 of the balance point that has room.
void check_free_steps(const Answer& a) {
  const Counts home(a.problem);
  for (size_t s = 0; s < a.problem.stages.size(); ++s) {
    for (uint32_t d = 1; d < a.problem.disk(); ++d) {
      Counts more = a.found->counts;
      if (a.problem.places[d].unified || more[s][0] == 0) continue;
      if (more[s][d] >= balance_steps(a.problem, a.problem.stages[s], home[s], d)) continue;
      --more[s][0];
      ++more[s][d];
      if (!fits(a.problem, taken_bytes(a.problem, more))) continue;
      EXPECT_GE(double(walk(a.problem, more).total_ns), double(a.ns) * 0.999) << "stage " << s;
    }
  }
}

// Each step has a place, no device holds more than its budget, the same problem gives the same plan; it
// lies between its bound and the plans of whole layers; no free step would help.
TEST(Search, EveryPlanKeepsWhatIsPromised) {
  for_recipes(kCoarse, [](const Recipe& recipe) {
    const Answer a = solve(recipe);
    if (!a.found) return;
    check_places(recipe, a);
    check_bound(recipe, a);
    check_free_steps(a);
  });
}

TEST(Search, WithoutVramThePlanIsHomeAlone) {
  for_recipes(kCoarse, [](Recipe recipe) {
    recipe.devices.resize(std::min<size_t>(recipe.devices.size(), 1));
    const Answer none = solve(recipe);
    recipe.devices.push_back({.GBps = 500, .kv_GBps = 500});
    const Answer empty = solve(recipe);
    EXPECT_EQ(none.ns, empty.ns);
  });
}

// `share` of the time may be lost: nothing where steps are as fine as real ones and one device helps.
// With few coarse steps, or two cards, a plan is found by trying, and now and then is not the best.
void check_memory(Recipe recipe, double share) {
  for (size_t d = 0; d < recipe.devices.size(); ++d) {
    const Recipe kept = recipe;
    Answer before = solve(recipe);
    for (int i = 0; i < 4; ++i) {
      recipe.devices[d].budget += testing::all_bytes(recipe) / 13;
      const Answer after = solve(recipe);
      if (before.found) {
        ASSERT_TRUE(after.found);
        // Ties within 1 us are broken by crossings.
        EXPECT_LE(double(after.ns), double(before.ns) * (1 + share) + 1000)
            << "device " << d << " step " << i;
      }
      before = after;
    }
    recipe = kept;
  }
}

TEST(Search, MoreMemoryIsNeverSlower) {
  for_recipes(
      kFine, [](const Recipe& recipe) { check_memory(recipe, 0); }, 6);
  for_recipes(
      kCoarse, [](const Recipe& recipe) { check_memory(recipe, 0.08); }, 6);
}

void check_speed(const Recipe& recipe, double share) {
  const Answer before = solve(recipe);
  if (!before.found) return;
  const auto never_slower = [&](const Recipe& changed, const char* what) {
    const Answer after = solve(changed);
    ASSERT_TRUE(after.found);
    EXPECT_LE(double(after.ns), double(before.ns) * (1 + share) + 1000) << what;
  };
  for (size_t d = 0; d < recipe.devices.size(); ++d) {
    Recipe changed = recipe;
    changed.devices[d].GBps *= 1.3;
    never_slower(changed, "rate");
    changed = recipe;
    changed.devices[d].submit_us *= 0.5;
    never_slower(changed, "submit");
    changed = recipe;
    changed.devices[d].wake_us *= 0.5;
    never_slower(changed, "wake");
  }
  Recipe longer = recipe;
  longer.context = 1.5;
  const Answer after = solve(longer);
  if (!after.found) return;
  EXPECT_GE(double(after.ns), double(before.ns) * (1 - share) - 1000) << "context";
}

TEST(Search, FasterDevicesAreNeverSlowerAndMoreContextNeverFaster) {
  for_recipes(
      kFine, [](const Recipe& recipe) { check_speed(recipe, 0.003); }, 6);
  for_recipes(
      kCoarse, [](const Recipe& recipe) { check_speed(recipe, 0.08); }, 6);
}

TEST(Search, TwiceAsFastEverywhereIsTheSamePlaceInHalfTheTime) {
  for_recipes(kCoarse, [](Recipe recipe) {
    const Answer before = solve(recipe);
    for (auto& device : recipe.devices) {
      device.GBps *= 2;
      device.kv_GBps *= 2;
      device.submit_us /= 2;
      device.wake_us /= 2;
    }
    recipe.disk_GBps *= 2;
    const Answer after = solve(recipe);
    ASSERT_EQ(before.found.has_value(), after.found.has_value());
    if (before.found) {
      EXPECT_NEAR(double(after.ns), double(before.ns) / 2, double(before.ns) / 1000 + 10'000);
    }
  });
}

TEST(Search, AHundredLayersTakeMilliseconds) {
  std::mt19937 random(1);
  testing::Recipe recipe;
  do
    recipe =
        testing::random_recipe(random, {.layers = 120, .least_steps = 28, .steps = 56, .most_cards = 1});
  while (recipe.layers < 100 || recipe.devices.size() < 2);
  const Problem problem = testing::problem_of(recipe);
  const auto begin = std::chrono::steady_clock::now();
  const auto found = search(problem, Counts(problem));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  EXPECT_TRUE(found);
  std::printf("  %u layers in %.1f ms\n", recipe.layers, took.count());
}

// ---- against all places

class Everything {
 public:
  explicit Everything(const Problem& problem) : p_(problem), counts_(problem) {}
  int64_t least() {
    look(0);
    return least_;
  }

 private:
  void look(size_t s) {
    if (s == p_.stages.size()) {
      if (fits(p_, taken_bytes(p_, counts_))) least_ = std::min(least_, walk(p_, counts_).total_ns);
      return;
    }
    const uint32_t steps = p_.stages[s].steps;
    for (uint32_t n = 0; n <= steps; n = p_.stages[s].whole ? n + steps : n + 1) {
      counts_[s][0] = steps - n;
      counts_[s][1] = n;
      look(s + 1);
    }
  }

  const Problem& p_;
  Counts counts_;
  int64_t least_ = std::numeric_limits<int64_t>::max();
};

TEST(Search, SmallCasesAreWithin10PercentOfTheBestPlace) {
  double worst = 0, sum = 0;
  uint32_t count = 0;
  for_recipes({.layers = 3, .steps = 4}, [&](Recipe recipe) {
    recipe.devices.resize(
        2, {.GBps = 300, .kv_GBps = 300, .budget = recipe.devices[0].budget / 3, .submit_us = 50});
    recipe.disk_GBps = 0;
    if (recipe.stages.size() > 8) return;
    const Answer a = solve(recipe);
    const int64_t least = Everything(a.problem).least();
    ASSERT_EQ(a.found.has_value(), least < std::numeric_limits<int64_t>::max());
    if (!a.found) return;
    EXPECT_LE(double(a.ns), 1.1 * double(least));
    worst = std::max(worst, double(a.ns) / double(least) - 1);
    sum += double(a.ns) / double(least) - 1;
    ++count;
  });
  std::printf("  %u small cases: worst %.2f %%, mean %.2f %% above the best place\n", count, 100 * worst,
              100 * sum / std::max(1u, count));
}

}  // namespace
}  // namespace straddle::plan
