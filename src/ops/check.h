// What every device asks of a Program before it takes it, and of a Step before it runs it: that operands
// exist, lie inside what holds them and fit each other. Describe has refused what a file gets wrong, so
// a fault found here is one of our own; it is refused all the same, as what follows is memory. Pure:
// nothing is kept, nothing changed.
#pragma once
#include <span>

#include "ops/device.h"

namespace straddle::ops {

// A matrix as it was loaded.
struct WeightShape {
  quant::Format format;
  uint64_t columns = 0, rows = 0;
};

// What a device was given, by number.
struct Given {
  std::span<const WeightShape> weights;
  std::span<const CacheShape> caches;
  std::span<const StateShape> states;
};

Status check(const WeightSource& source);  // its pieces have the bytes of its shape
Status check(const Program& program, const Given& given);
Status check(const Program& program, const Step& step);

}  // namespace straddle::ops
