// What the CPU takes for a Program beside weights, caches and states, counted before it is taken. Pure.
#pragma once
#include "device/cpu/program.h"

namespace straddle::device::cpu {

// Entries of ThreadRoom::starts beside one for each expert: of ids that are none of them, the end, and
// the one that sorting fills in advance.
inline constexpr uint64_t kExpertStarts = 3;

// Entries of each vector of a ThreadRoom (machine.h): the most that one op needs, since nothing is
// allocated during a Step.
struct RoomSizes {
  uint64_t floats = 0, blocks = 0, inputs = 0, starts = 0, pairs = 0, queries = 0, halves = 0;
  uint64_t bytes() const;
};
// Nothing for a Program without ops: a device may have no part of a model.
RoomSizes room_sizes(const ops::Program& program);

// Where the result has gaps it is copied; else 0.
uint64_t result_copy_bytes(const ops::Program& program);

}  // namespace straddle::device::cpu
