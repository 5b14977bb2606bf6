// A Program as text, one line per op, for whoever reads or compares one. Pure.
#pragma once
#include <string>

#include "ops/ops.h"

namespace straddle::ops {

std::string text_of(const Program& program);

}  // namespace straddle::ops
