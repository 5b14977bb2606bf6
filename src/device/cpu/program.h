// A Program as the CPU runs it: the ops in order, the encodings that they share, and where one must
// wait for those before it.
#pragma once
#include <cstdint>
#include <vector>

#include "ops/ops.h"

namespace straddle::device::cpu {

// A value as int8, made once for all products that read it by one rule.
struct Encoding {
  ops::Value value;
  quant::ActivationFormat rule;
  uint32_t columns;      // of a slice: the value is width / columns of them
  uint32_t first, last;  // ops from the one that needs it first to the one that needs it last
  uint64_t offset = 0;   // bytes into the memory of encodings
  uint64_t row_bytes = 0;
};

struct Item {
  enum class Kind : uint8_t { op, encode };
  Kind kind;
  bool barrier;       // all before it must be done: it begins a phase
  uint32_t index;     // into ops or encodings
  uint32_t encoding;  // that a product reads, or kNone
};

// Items begin .. end, between which no thread waits: task i of the one meets only task i of the other.
struct Phase {
  uint32_t begin, end;
};

struct Recorded {
  ops::Program program;
  std::vector<Encoding> encodings;
  std::vector<Item> items;
  std::vector<Phase> phases;
  uint64_t encoded_bytes = 0;
};

// Decides once what would be the same in every Step. Deterministic, allocates, takes no look at weights.
Recorded arrange(ops::Program program);

}  // namespace straddle::device::cpu
