// Where whole stages may be before the rest is filled: the few decisions that gain per byte cannot make.
#pragma once
#include <optional>

#include "plan/cost.h"

namespace straddle::plan {

struct Family {
  bool mixers = false;            // attention and its like, of all layers, beside home
  uint32_t last_layers = 0;       // whole, beside home
  bool output = false;            // whole, beside home
  std::vector<uint32_t> devices;  // beside home, in the order in which they are filled
};

// Stages in the places that the family gives them, all others where `pinned` has them. Devices
// are filled in their order, from the last layer on. nullopt: there is no room.
std::optional<Counts> place_family(const Problem& problem, const Counts& pinned, const Family& family);

// All devices beside home in both orders, and each alone: one more must not make a plan worse. Of
// devices that are alike one is tried alone.
std::vector<std::vector<uint32_t>> device_orders(const Problem& problem);

std::vector<Family> families(const Problem& problem);

}  // namespace straddle::plan
