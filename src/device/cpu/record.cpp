// Takes a Program: has it checked, lays weights out for their products, and sizes everything that a
// Step needs.
#include "device/cpu/record.h"

#include <algorithm>

#include "device/cpu/measure.h"
#include "ops/check.h"
#include "ops/visit_operands.h"

namespace straddle::device::cpu {
namespace {

using namespace ops;

// The weights of an op, as visit_operands names them.
template <class F>
struct EachWeight {
  F f;
  void operator()(const WeightOperand& operand) { f(operand); }
  template <class Other>
  void operator()(const Other&) {}
};

template <class F>
void each_weight(const Program& program, const Op& op, F f) {
  visit_operands(program, op, EachWeight<F>{f});
}

// What the machine was given, as the check of a Program asks.
struct Shapes {
  std::vector<WeightShape> weights;
  std::vector<CacheShape> caches;
  std::vector<StateShape> states;

  explicit Shapes(const Machine& machine) {
    for (const Matrix& m : machine.weights) weights.push_back({m.format->format, m.columns, m.rows});
    for (const Cache& c : machine.caches) caches.push_back(c.shape);
    for (const StateSlots& s : machine.states) states.push_back(s.shape);
  }
};

// Vectors in other formats than F32, and those that do not lie in one piece, get a copy in float32.
Status widen(Matrix& m) {
  const bool in_place = m.format->format == quant::Format::F32 && m.file.in_one();
  if (in_place || m.floats.bytes() > 0) return {};
  auto memory = TRY(Memory::make(m.rows * m.columns * sizeof(float)));
  m.floats = std::move(memory);
  for (uint64_t r = 0; r < m.rows; ++r) {
    m.format->dequantize(m.row(r), m.floats.floats() + r * m.columns, m.columns);
  }
  return {};
}

// Packs a weight that products read, once, and says so: the caller lets the file's pages go. A weight
// without a packed product stays in the file, and is not told.
Status pack_once(Machine& machine, Matrix& m, const OnPacked& on_packed) {
  if (m.product) return {};
  TRY(pack(machine, m));
  if (!m.product || !on_packed || m.file.all_of(on_packed)) return {};
  return fail(ErrorKind::interrupted, "", "loading was stopped");
}

Status prepare(Machine& machine, const WeightOperand& operand, const OnPacked& on_packed) {
  Matrix& m = machine.weights[operand.weight.buffer];
  if (operand.use == WeightUse::product) return pack_once(machine, m, on_packed);
  if (operand.use == WeightUse::floats) return widen(m);
  m.is_table = true;
  return {};
}

Status prepare_all(Machine& machine, const Program& program, const OnPacked& on_packed) {
  Status status;
  for (const Op& op : program.ops) {
    each_weight(program, op, [&](const WeightOperand& operand) {
      if (status) status = prepare(machine, operand, on_packed);
    });
  }
  return status;
}

// Rooms for the larger of what they were for and this Program.
void make_rooms(Machine& machine, const Program& program) {
  const RoomSizes sizes = room_sizes(program);
  const auto fit = [](auto& entries, size_t count) { entries.resize(std::max(entries.size(), count)); };
  machine.scratch.rooms.resize(size_t(machine.team->threads()));
  for (ThreadRoom& room : machine.scratch.rooms) {
    fit(room.floats, sizes.floats);
    fit(room.blocks, sizes.blocks);
    fit(room.inputs, sizes.inputs);
    fit(room.starts, sizes.starts);
    fit(room.order, sizes.pairs);
    fit(room.queries, sizes.queries);
    fit(room.halves, sizes.halves);
  }
}

// Tasks of a phase per thread: small ones let the faster thread take more, and cost a little each.
// More than one per thread, as a thread that was put to sleep keeps only its task from the others.
constexpr int kTasksPerThread = 4;

// Memory for count things; none that is there already and large enough.
Status fit(Memory& memory, uint64_t count, uint64_t each) {
  const auto bytes = checked_mul(count, each);
  if (!bytes) return fail(ErrorKind::no_memory, "memory", "the program's scratch is too large");
  if (*bytes <= memory.bytes()) return {};
  memory = Memory();
  auto made = TRY(Memory::make(*bytes));
  memory = std::move(made);
  return {};
}

Status make_scratch(Machine& machine, const Recorded& recorded) {
  const Program& p = recorded.program;
  Scratch& scratch = machine.scratch;
  machine.result = {};
  TRY(fit(scratch.all, p.row_floats, uint64_t(p.max_rows) * sizeof(float)));
  TRY(fit(scratch.wanted, p.wanted_floats, uint64_t(p.max_wanted) * sizeof(float)));
  TRY(fit(scratch.encoded, recorded.encoded_bytes, 1));
  TRY(fit(scratch.result_copy, result_copy_bytes(p), 1));
  make_rooms(machine, p);
  return {};
}

}  // namespace

// The check comes first: all that follows, here and in every Step, trusts operands. choose_ahead needs
// the packed weights, arrange only the Program.
Result<uint32_t> record(Machine& machine, Program program, const OnPacked& on_packed) {
  const Shapes shapes(machine);
  TRY(check(program, Given{shapes.weights, shapes.caches, shapes.states}));
  TRY(prepare_all(machine, program, on_packed));
  choose_ahead(machine);
  Prepared prepared{arrange(std::move(program)), {}};
  TRY(make_scratch(machine, prepared.recorded));
  const int threads = machine.team->threads();
  prepared.phases =
      Phases(prepared.recorded.phases.size(), threads == 1 ? 1 : threads * kTasksPerThread);
  machine.programs.push_back(std::move(prepared));
  return uint32_t(machine.programs.size() - 1);
}

}  // namespace straddle::device::cpu
