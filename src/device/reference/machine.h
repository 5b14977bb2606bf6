// What the reference device owns: weights, caches, states, Programs, scratch; and how ops find their
// operands.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "device/pieces.h"
#include "ops/check.h"

namespace straddle::device::reference {

struct Matrix {
  ops::WeightShape shape;
  Pieces file;
  std::string_view name;
};

// Pages [page][kv head][64][size] of keys and of values.
struct Cache {
  ops::CacheShape shape;
  std::vector<uint8_t> keys, values;
};

struct StateSlots {
  ops::StateShape shape;
  std::vector<float> floats;  // [slot][shape.floats]
};

struct Machine {
  std::vector<Matrix> weights;
  std::vector<Cache> caches;
  std::vector<StateSlots> states;
  std::vector<ops::Program> programs;
  std::vector<float> all, wanted;  // scratch of the two kinds of rows, for the largest Program
  std::vector<float> result;       // [rows][width] of Program::result
  size_t result_floats = 0;        // of the last Step
  ops::Counters counters;
  bool check = false;               // ReferenceOptions
  uint32_t last_read = ops::kNone;  // the last weight that an op read
};

// What the ops of a Step read and write.
struct Operands {
  Machine& machine;
  const ops::Program& program;
  const ops::Step& step;

  size_t rows(const ops::Value& v) const {
    return v.rows == ops::Rows::all ? step.tokens.size() : step.wanted.size();
  }
  std::span<float> row(const ops::Value& v, size_t r) const {
    const bool all = v.rows == ops::Rows::all;
    float* base = (all ? machine.all : machine.wanted).data();
    const size_t capacity = all ? program.max_rows : program.max_wanted;
    return {base + v.offset * capacity + r * v.pitch + v.column, v.width};
  }
  // Row `row` of matrix `matrix` as floats.
  void weights(const ops::Weight& w, uint64_t matrix, uint64_t row, std::span<float> out) const;
  std::vector<float> vector(const ops::Weight& w) const;  // all of it; empty where absent
  float* state(const ops::State& s, size_t r) const;      // of the row's sequence
  uint32_t sequence_length(size_t r) const { return step.views[step.sequences[r]].length; }
  // Key or value vector of token `position` of the row's sequence.
  uint64_t kv_index(size_t r, uint32_t position, uint32_t head, const ops::KvCache& cache,
                    uint32_t size) const;
  Cache& cache(const ops::KvCache& c) const { return machine.caches[c.cache]; }
  void write_kv(std::vector<uint8_t>& memory, ops::KvType type, uint64_t index, float value) const;
};
float read_kv(const std::vector<uint8_t>& memory, ops::KvType type, uint64_t index);

// The formulas of ops.h, one function per op. An error only where another device failed.
Status execute(const Operands& operands, const ops::Op& op);

// ReferenceOptions::check, after each op.
Status check_values(const Machine& machine);

}  // namespace straddle::device::reference
