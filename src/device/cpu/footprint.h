// What an op reads and writes, and along what it is cut over tasks.
#pragma once
#include <vector>

#include "device/cpu/program.h"

namespace straddle::device::cpu {

// Between ops cut by the same rows a task meets only its own rows, where values lie in the same
// matrix. Scratch is a stack: the same floats come back as a matrix of another pitch, whose row r lies
// where other tasks have theirs.
enum class Cut : uint8_t { all_rows, wanted_rows, other };

struct Touch {
  enum class Where : uint8_t { all, wanted, cache, buffer, encoding };
  Where where;
  bool write;
  uint64_t begin, end;                   // floats per row of the matrix the value lies in; bytes; an id
  uint64_t column = 0, columns_end = 1;  // inside that matrix
};

struct Footprint {
  std::vector<Touch> touches;
  Cut cut = Cut::other;
};

Footprint footprint(const ops::Program& program, const ops::Op& op);
Cut by_rows(const ops::Value& value);
Touch touch(const ops::Value& value, bool write);
bool conflict(const Touch& a, const Touch& b);          // they meet, and one of them writes
bool conflict(const Footprint& a, const Footprint& b);  // needs a barrier between

}  // namespace straddle::device::cpu
