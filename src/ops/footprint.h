// What an op reads and writes, and how it may be shared by tasks that run at the same time: by these a
// device finds which ops must wait for which. Pure.
#pragma once
#include <vector>

#include "ops/ops.h"

namespace straddle::ops {

// Between ops cut by the same rows a task meets only its own rows, where values lie in the same
// matrix. Scratch is a stack: the same floats come back as a matrix of another pitch, whose row r lies
// where other tasks have theirs. Ops that are not cut are all done by one task, in order.
enum class Cut : uint8_t { all_rows, wanted_rows, not_at_all, other };

struct Touch {
  enum class Where : uint8_t {
    all,
    wanted,
    cache,
    state,
    ring,
    own
  };  // own: a device's, as it numbers it
  Where where;
  bool write;
  uint64_t begin, end;                   // floats per row of the matrix the value lies in; bytes; an id
  uint64_t column = 0, columns_end = 1;  // inside that matrix
};

struct Footprint {
  std::vector<Touch> touches;
  Cut cut = Cut::other;
};

Footprint footprint(const Program& program, const Op& op);
Cut by_rows(const Value& value);
Touch touch(const Value& value, bool write);
bool conflict(const Touch& a, const Touch& b);          // they meet, and one of them writes
bool conflict(const Footprint& a, const Footprint& b);  // one must wait for the other

}  // namespace straddle::ops
