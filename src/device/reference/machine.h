// What the reference device owns: buffers, scratch, the Program; and how ops find their operands.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ops/device.h"

namespace straddle::device::reference {

struct Buffer {
  std::vector<uint8_t> own;       // caches and states
  ops::WeightSource weight = {};  // where the file is mapped
};

struct Machine {
  std::vector<Buffer> buffers;
  ops::Program program;
  std::vector<float> all, wanted;  // scratch of the two kinds of rows
  std::vector<float> result;       // [rows][width] of Program::result
  ops::Counters counters;
  bool check = false;               // ReferenceOptions
  uint32_t last_read = ops::kNone;  // buffer of the last weight that an op read
};

// What the ops of a Step read and write.
struct Operands {
  Machine& machine;
  const ops::Step& step;

  size_t rows(const ops::Value& v) const {
    return v.rows == ops::Rows::all ? step.tokens.size() : step.wanted.size();
  }
  std::span<float> row(const ops::Value& v, size_t r) const {
    const bool all = v.rows == ops::Rows::all;
    float* base = (all ? machine.all : machine.wanted).data();
    const size_t capacity = all ? machine.program.max_rows : machine.program.max_wanted;
    return {base + v.offset * capacity + r * v.pitch + v.column, v.width};
  }
  // Row `row` of matrix `matrix` as floats.
  void weights(const ops::Weight& w, uint64_t matrix, uint64_t row, std::span<float> out) const;
  std::vector<float> vector(const ops::Weight& w) const;  // all its rows; empty where absent
  float* state(const ops::State& s, size_t r) const;      // of the row's sequence
  uint32_t sequence_length(size_t r) const { return step.views[step.sequences[r]].length; }
  // Key or value vector of token `position` of the row's sequence.
  uint64_t kv_index(size_t r, uint32_t position, uint32_t head, const ops::KvCache& cache,
                    uint32_t size) const;
  float read_kv(uint32_t buffer, ops::KvType type, uint64_t index) const;
  void write_kv(uint32_t buffer, ops::KvType type, uint64_t index, float value) const;
};

// The formulas of ops.h, one function per op.
void execute(const Operands& operands, const ops::Op& op);

// ReferenceOptions::check, after each op.
Status check_values(const Machine& machine);

}  // namespace straddle::device::reference
