// What every device asks of a Step before it runs it.
#pragma once
#include "ops/device.h"

namespace straddle::device {

// The Step fits the Program, and its tokens and positions have entries in the tables they index.
Status check(const ops::Program& program, const ops::Step& step);

}  // namespace straddle::device
