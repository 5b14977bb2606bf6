// Made-up problems for the planner: linear in their steps, as real ones are.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "plan/problem.h"

namespace straddle::plan::testing {

// What a problem is made of, so that it can be made again with one figure changed.
struct Recipe {
  struct Device {
    double GBps = 10, kv_GBps = 10;
    uint64_t budget = 0;
    double submit_us = 0, wake_us = 0;
    bool unified = false;
  };
  struct Stage {
    model::PartKind kind = model::PartKind::feed_forward;
    uint32_t layer = ops::kNone, steps = 1;
    uint64_t step_bytes = 0, whole_bytes = 0, kv_bytes = 0;
    double read = 1;
  };
  std::vector<Device> devices;  // home first
  std::vector<Stage> stages;
  double disk_GBps = 0, fill = 0.5, context = 1;
  uint64_t scratch = 0;
  uint32_t layers = 0;
};

struct Sizes {
  uint32_t layers = 12, least_steps = 1, steps = 8, most_cards = 2;  // at most, but for the least
};
Recipe random_recipe(std::mt19937& random, const Sizes& sizes);
Problem problem_of(const Recipe& recipe);
uint64_t all_bytes(const Recipe& recipe);

}  // namespace straddle::plan::testing
