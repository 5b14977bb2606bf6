// Devices: implementations of ops::DeviceTable. A Program gives the same logits on each, within the
// bounds that tests/device states per op and format.
#pragma once
#include <string>

#include "base/result.h"
#include "ops/device.h"

namespace straddle::device {

// The truth that others are held against: float32 values, sums in double, one thread, plain loops.
Result<ops::Device> make_reference();

}  // namespace straddle::device
