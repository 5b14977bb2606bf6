// What the CPU device owns, and how ops find their operands.
#pragma once
#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "base/threads.h"
#include "device/cpu/kernels.h"
#include "device/cpu/memory.h"
#include "device/cpu/phases.h"
#include "device/cpu/program.h"
#include "device/pieces.h"
#include "ops/device.h"

namespace straddle::device::cpu {

// A loaded weight. The file's bytes stay: embeddings and formats without a packed product read them.
struct Matrix {
  const quant::Traits* format = nullptr;
  uint64_t columns = 0, rows = 0;
  Pieces file;
  bool is_table = false;     // rows are looked up: in the file, whatever else there is
  Memory floats;             // where used as vectors and not F32, or not in one piece
  Memory packed;             // groups of 16 rows side by side; empty: not packed
  uint64_t group_bytes = 0;  // of one group
  PackedProduct product = nullptr;
  std::array<int8_t, 16> table = {};  // of formats whose codes are indices
  uint32_t ahead = 0;                 // PackedArgs::ahead
  bool tried = false;                 // how far ahead is best

  const uint8_t* row(uint64_t r) const { return file.row(r); }
  ops::Held held() const {
    const uint64_t own = packed.bytes() + floats.bytes();
    return {own, is_table || own == 0 ? file.bytes() : 0};
  }
};

// Pages of keys [page][kv head][key_size][64] and values [page][kv head][64][value_size]: in a page a
// key is a column.
struct Cache {
  ops::CacheShape shape;
  Memory keys, values;
};

struct StateSlots {
  ops::StateShape shape;
  Memory memory;
  float* slot(uint32_t s) const { return memory.floats() + size_t(s) * shape.floats; }
};

inline constexpr size_t kRowsTogether = 16;  // rows of a sequence that share a pass over its pages

// A row of activations on its way through a matrix.
struct Input {
  const float* x;
  const EncodedUnit* row;
  float* out;
};

// Room of one thread, sized at record (measure.h).
struct ThreadRoom {
  std::vector<float> floats;            // one row of weights
  std::vector<quant::Integers> blocks;  // one row of weights
  std::vector<Input> inputs;            // all rows of a Step, times experts used
  std::vector<uint32_t> starts, order;  // rows by expert
  std::vector<Query> queries;
  std::vector<uint16_t> halves;  // one row of keys and values
  uint64_t clamped = 0;          // ops::Counters, what this thread did
};

// What is as large as a Program asks for; where there are several, as the largest does.
struct Scratch {
  Memory all, wanted, encoded, result_copy;
  std::vector<ThreadRoom> rooms;  // one per thread
};

// A Program that can be run.
struct Prepared {
  Recorded recorded;
  Phases phases;
};

struct Machine {
  const Kernels* kernels = nullptr;
  std::unique_ptr<ThreadTeam> team;
  std::vector<Matrix> weights;
  std::vector<Cache> caches;
  std::vector<StateSlots> states;
  std::vector<Prepared> programs;
  Scratch scratch;
  std::span<const float> result;
  std::atomic<bool> failed{false};  // in this Step: no task does anything more
};

// Takes a weight, or makes memory, under the next number.
Result<uint32_t> load(Machine& machine, const ops::WeightSource& source);
Result<uint32_t> make_cache(Machine& machine, const ops::CacheShape& shape);
Result<uint32_t> make_state(Machine& machine, const ops::StateShape& shape);

// Rows, columns, heads or groups begin .. end of an op, out of all of them.
struct Share {
  size_t begin, end;
};

// A task of a phase (phases.h) on the thread that took it: how ops find their operands and what of
// each op is this task's to compute.
struct Task {
  Machine& machine;
  const Prepared& prepared;
  const ops::Step& step;
  int thread;                          // whose room it uses
  int index = 0;                       // of tasks()
  const Encoding* encoding = nullptr;  // of the input of the product at hand

  const Kernels& kernels() const { return *machine.kernels; }
  const ops::Program& program() const { return prepared.recorded.program; }
  ThreadRoom& room() const { return machine.scratch.rooms[size_t(thread)]; }
  size_t rows(ops::Rows which) const {
    return which == ops::Rows::all ? step.tokens.size() : step.wanted.size();
  }
  float* row(const ops::Value& v, size_t r) const {
    const ops::Program& p = program();
    const bool all = v.rows == ops::Rows::all;
    float* base = (all ? machine.scratch.all : machine.scratch.wanted).floats();
    return base + size_t(v.offset) * (all ? p.max_rows : p.max_wanted) + r * v.pitch + v.column;
  }
  size_t tasks() const { return size_t(prepared.phases.tasks()); }
  // This task's share of count things: the same for each op, so that ops by rows need not wait.
  Share share(size_t count) const {
    const auto t = size_t(index);
    return {count * t / tasks(), count * (t + 1) / tasks()};
  }
  const Matrix& matrix(const ops::Weight& w) const { return machine.weights[w.buffer]; }
  // A weight as floats; null where absent.
  const float* vector(const ops::Weight& w) const {
    if (!w) return nullptr;
    const Matrix& m = matrix(w);
    return m.floats.bytes() > 0 ? m.floats.floats() : reinterpret_cast<const float*>(m.row(0));
  }
  float* state(const ops::State& s, size_t r) const {
    return machine.states[s.state].slot(view(r).state);
  }
  const ops::SequenceView& view(size_t r) const { return step.views[step.sequences[r]]; }
};

// Slice `slice` of row r of an encoding.
EncodedUnit* encoded(const Machine& machine, const Encoding& e, size_t r, uint32_t slice);

// An id of a router, in a cell of a value of floats.
int32_t id_at(const float* cells, size_t i);

// What becomes of a finished sum: scale * (sum + before) + after. MatMul's bias comes after its scale,
// ExpertMatMul's before.
struct Finish {
  float scale = 1;
  const float* before = nullptr;  // by row of the weight; may be null
  const float* after = nullptr;
  float operator()(float sum, size_t row) const {
    const float inner = before ? sum + before[row] : sum;
    return after ? scale * inner + after[row] : scale * inner;
  }
};

// Computes the task's share of one op: products.cpp, joins.cpp, rows.cpp, attention.cpp, recurrent.cpp,
// route.cpp, crossings.cpp.
void perform(const Task& task, const ops::Embed& op);
void perform(const Task& task, const ops::Norm& op);
void perform(const Task& task, const ops::MatMul& op);
void perform(const Task& task, const ops::Join& op);
void perform(const Task& task, const ops::Rope& op);
void perform(const Task& task, const ops::ScaleRows& op);
void perform(const Task& task, const ops::KvWrite& op);
void perform(const Task& task, const ops::Attend& op);
void perform(const Task& task, const ops::Act& op);
void perform(const Task& task, const ops::ActGate& op);
void perform(const Task& task, const ops::ActGateClamped& op);
void perform(const Task& task, const ops::Route& op);
void perform(const Task& task, const ops::ExpertMatMul& op);
void perform(const Task& task, const ops::ExpertJoin& op);
void perform(const Task& task, const ops::ExpertSum& op);
void perform(const Task& task, const ops::Add& op);
void perform(const Task& task, const ops::Multiply& op);
void perform(const Task& task, const ops::AddGroupDot& op);
void perform(const Task& task, const ops::Scale& op);
void perform(const Task& task, const ops::Softcap& op);
void perform(const Task& task, const ops::Regroup& op);
void perform(const Task& task, const ops::Gather& op);
void perform(const Task& task, const ops::Conv& op);
void perform(const Task& task, const ops::Shift& op);
void perform(const Task& task, const ops::ScanMamba& op);
void perform(const Task& task, const ops::ScanDelta& op);
void perform(const Task& task, const ops::ScanRwkv& op);
void perform(const Task& task, const ops::Send& op);
void perform(const Task& task, const ops::Receive& op);
void perform(const Task& task, const Encoding& encoding);

// Kernels by name; empty: the best. `usage` for one that is unknown or not here (kernels.cpp).
Result<const Kernels*> choose_kernels(const std::string& name);

// Packs a matrix for its product, if the kernels have one for its format (packing.cpp).
Status pack(Machine& machine, Matrix& matrix);

// Tries on packed weights themselves, each once, how far ahead they are best asked for (ahead.cpp).
void choose_ahead(Machine& machine);

}  // namespace straddle::device::cpu
