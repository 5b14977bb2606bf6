// What every device asks of a Program before it takes it, and of a Step before it runs it: that operands
// exist, lie inside what holds them and fit each other. Describe has refused what a file gets wrong, so
// a fault found here is one of our own; it is refused all the same, as what follows is memory. Pure:
// nothing is kept, nothing changed.
#pragma once
#include <optional>
#include <span>

#include "ops/device.h"

namespace straddle::ops {

// What lies in a buffer: a matrix of weights, or bytes for a cache or states.
struct BufferShape {
  std::optional<quant::Format> format;  // of weights
  uint64_t columns = 0, rows = 0;       // of weights
  uint64_t bytes = 0;                   // otherwise
};

Status check(const WeightSource& source);  // its bytes are those of its shape
Status check(const Program& program, std::span<const BufferShape> buffers);
Status check(const Program& program, const Step& step);

}  // namespace straddle::ops
