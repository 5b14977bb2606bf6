// What an op reads and writes, and along what it is cut over threads.
#pragma once
#include <vector>

#include "device/cpu/program.h"

namespace straddle::device::cpu {

// Ops cut by the same rows need no barrier between them: a thread meets only its own rows.
enum class Cut : uint8_t { all_rows, wanted_rows, other };

struct Touch {
  enum class Where : uint8_t { all, wanted, cache, buffer, encoding };
  Where where;
  bool write;
  uint32_t begin, end;                   // floats per row of the matrix the value lies in, or an id
  uint32_t column = 0, columns_end = 1;  // inside that matrix
};

struct Footprint {
  std::vector<Touch> touches;
  Cut cut = Cut::other;
};

Footprint footprint(const ops::Op& op);
Touch touch(const ops::Value& value, bool write);
bool conflict(const Touch& a, const Touch& b);
bool conflict(const Footprint& a, const Footprint& b);  // needs a barrier between

}  // namespace straddle::device::cpu
