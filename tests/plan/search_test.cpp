// What must hold of every plan, on random problems: 300 for each property, 2,400 with STRADDLE_LONG=1
// (with random_requests_test.cpp 14,000 cases). Where each is solved some 20 times there are fewer.
#include "plan/search.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <limits>

#include "plan/families.h"
#include "plan/fill.h"
#include "plan/random_problem.h"
#include "plan/tally.h"

namespace straddle::plan {
namespace {

using testing::Recipe;
using testing::Tally;

uint32_t cases() { return std::getenv("STRADDLE_LONG") ? 2'400 : 300; }

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

// With random recipes and their seeds, one_in of the cases.
template <class Check>
void for_recipes(testing::Sizes sizes, const Check& check, uint32_t one_in = 1) {
  for (uint32_t seed = 0; seed < cases() / one_in; ++seed) {
    std::mt19937 random(seed);
    const Recipe recipe = testing::random_recipe(random, sizes);
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(recipe, seed);
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
  for_recipes(kCoarse, [](const Recipe& recipe, uint32_t) {
    const Answer a = solve(recipe);
    if (!a.found) return;
    check_places(recipe, a);
    check_bound(recipe, a);
    check_free_steps(a);
  });
}

TEST(Search, WithoutVramThePlanIsHomeAlone) {
  for_recipes(kCoarse, [](Recipe recipe, uint32_t) {
    recipe.devices.resize(std::min<size_t>(recipe.devices.size(), 1));
    const Answer none = solve(recipe);
    recipe.devices.push_back({.GBps = 500, .kv_GBps = 500});
    const Answer empty = solve(recipe);
    EXPECT_EQ(none.ns, empty.ns);
  });
}

// What a plan may lose against one that has less: the worst of the long run, rounded up, by what makes
// the search a heuristic there.
struct Limits {
  double in_memory = 0;     // one card, RAM that holds all
  double short_of_ram = 0;  // what home keeps is a second knapsack; stages pushed beyond the balance
  double on_disk = 0;       // it holds whole steps, and is read while all else waits
  double two_cards = 0;     // they are filled one after the other
};
constexpr Limits kMemoryFine{.short_of_ram = 0.013};
constexpr Limits kMemoryCoarse{.short_of_ram = 0.014, .two_cards = 0.026};
// A faster device moves the balance point: 9/10 of it, in whole steps, may be a step less than before.
constexpr Limits kSpeedFine{.in_memory = 0.005, .short_of_ram = 0.002};
constexpr Limits kSpeedCoarse{
    .in_memory = 0.002, .short_of_ram = 0.002, .on_disk = 0.043, .two_cards = 0.007};
constexpr double kSlack = 1000;  // ns: ties within that are broken by crossings

class ByKind {
 public:
  ByKind(const std::string& what, const Limits& limits) : what_(what), limits_(limits) {}

  void never_slower(const Recipe& recipe, const Answer& before, const Answer& after, uint32_t seed,
                    const std::string& change) {
    const auto& [tally, limit] = of(recipe, before);
    tally.at_most(double(after.ns), double(before.ns), limit, kSlack, seed, change);
  }

 private:
  std::pair<Tally&, double> of(const Recipe& recipe, const Answer& a) {
    if (taken_bytes(a.problem, a.found->counts)[a.problem.disk()] > 0)
      return {on_disk_, limits_.on_disk};
    if (home_is_short(a.problem)) return {short_of_ram_, limits_.short_of_ram};
    if (recipe.devices.size() > 2) return {two_cards_, limits_.two_cards};
    return {in_memory_, limits_.in_memory};
  }

  std::string what_;
  Limits limits_;
  Tally in_memory_{what_ + ", in memory"}, short_of_ram_{what_ + ", RAM is short"},
      on_disk_{what_ + ", on the disk"}, two_cards_{what_ + ", two cards"};
};

void check_memory(Recipe recipe, uint32_t seed, ByKind& kinds) {
  for (size_t d = 0; d < recipe.devices.size(); ++d) {
    const Recipe kept = recipe;
    Answer before = solve(recipe);
    for (int i = 0; i < 4; ++i) {
      recipe.devices[d].budget += testing::all_bytes(recipe) / 13;
      const Answer after = solve(recipe);
      if (before.found) {
        ASSERT_TRUE(after.found);
        kinds.never_slower(recipe, before, after, seed,
                           "device " + std::to_string(d) + " step " + std::to_string(i));
      }
      before = after;
    }
    recipe = kept;
  }
}

TEST(Search, MoreMemoryIsNeverSlower) {
  ByKind fine("fine steps", kMemoryFine), coarse("coarse steps", kMemoryCoarse);
  for_recipes(
      kFine, [&](const Recipe& recipe, uint32_t seed) { check_memory(recipe, seed, fine); }, 6);
  for_recipes(
      kCoarse, [&](const Recipe& recipe, uint32_t seed) { check_memory(recipe, seed, coarse); }, 6);
}

void check_speed(const Recipe& recipe, uint32_t seed, ByKind& kinds) {
  const Answer before = solve(recipe);
  if (!before.found) return;
  const auto never_slower = [&](const Recipe& changed, const char* what) {
    const Answer after = solve(changed);
    ASSERT_TRUE(after.found);
    kinds.never_slower(recipe, before, after, seed, what);
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
  if (after.found) kinds.never_slower(recipe, after, before, seed, "context");
}

TEST(Search, FasterDevicesAreNeverSlowerAndMoreContextNeverFaster) {
  ByKind fine("fine steps", kSpeedFine), coarse("coarse steps", kSpeedCoarse);
  for_recipes(
      kFine, [&](const Recipe& recipe, uint32_t seed) { check_speed(recipe, seed, fine); }, 6);
  for_recipes(
      kCoarse, [&](const Recipe& recipe, uint32_t seed) { check_speed(recipe, seed, coarse); }, 6);
}

// Of times in whole ns only twice as long is exact.
Problem twice_as_slow(Problem p) {
  for (int64_t* ns : {&p.host_ns, &p.mixed_ns, &p.disk_block_ns}) *ns *= 2;
  p.disk_GBps /= 2;
  for (Place& place : p.places) place.submit_ns *= 2, place.wake_ns *= 2;
  for (Stage& stage : p.stages)
    for (auto& table : stage.on)
      for (Share& share : table) share.ns *= 2;
  return p;
}

TEST(Search, TwiceAsSlowEverywhereIsTheSamePlaceInTwiceTheTime) {
  for_recipes(kCoarse, [](const Recipe& recipe, uint32_t) {
    const Answer before = solve(recipe);
    const Problem slow = twice_as_slow(before.problem);
    const auto after = search(slow, Counts(slow));
    ASSERT_EQ(before.found.has_value(), after.has_value());
    if (!after) return;
    // Ties within 1 us are broken by crossings.
    const int64_t ns = walk(slow, after->counts).total_ns;
    EXPECT_NEAR(double(ns), 2 * double(before.ns), 2000);
    if (ns == 2 * before.ns) {
      EXPECT_EQ(after->counts, before.found->counts);
    }
  });
}

Recipe a_hundred_layers() {
  std::mt19937 random(1);
  Recipe recipe;
  do
    recipe =
        testing::random_recipe(random, {.layers = 120, .least_steps = 28, .steps = 56, .most_cards = 1});
  while (recipe.layers < 100 || recipe.devices.size() < 2);
  return recipe;
}

// Of the card's memory each of several has its part.
TEST(Search, AHundredLayersTakeMilliseconds) {
  const Recipe one = a_hundred_layers();
  for (const uint32_t cards : {1, 2, 4}) {
    Recipe recipe = one;
    recipe.devices[1].budget /= cards;
    recipe.devices.resize(1 + cards, recipe.devices[1]);
    const Problem problem = testing::problem_of(recipe);
    const std::clock_t begin = std::clock();
    const auto found = search(problem, Counts(problem));
    const double ms = double(std::clock() - begin) * 1000 / CLOCKS_PER_SEC;
    ASSERT_TRUE(found);
    std::printf("  %u layers, cards %u: %.1f ms of a processor, a token %.2f ms\n", recipe.layers, cards,
                ms, double(walk(problem, found->counts).total_ns) / 1e6);
  }
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
  for_recipes({.layers = 3, .steps = 4}, [&](Recipe recipe, uint32_t) {
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
