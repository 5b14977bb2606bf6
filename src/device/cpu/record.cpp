// Takes a Program: has it checked, lays weights out for their products, and sizes everything that a
// Step needs.
#include "device/cpu/record.h"

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

std::vector<BufferShape> shapes(const Machine& machine) {
  std::vector<BufferShape> out;
  for (const Buffer& b : machine.buffers) {
    const Matrix& m = b.matrix;
    out.push_back({std::nullopt, m.columns, m.rows, b.own.bytes()});
    if (m.format) out.back().format = m.format->format;
  }
  return out;
}

// Vectors in other formats than F32 get a copy in float32.
Status widen(Matrix& m) {
  if (m.format->format == quant::Format::F32 || m.floats.bytes() > 0) return {};
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
  const std::span<const uint8_t> bytes(m.row(0), size_t(m.row(m.rows) - m.row(0)));
  if (m.product && on_packed && !on_packed(bytes))
    return fail(ErrorKind::interrupted, "", "loading was stopped");
  return {};
}

Status prepare(Machine& machine, const WeightOperand& operand, const OnPacked& on_packed) {
  Matrix& m = machine.buffers[operand.weight.buffer].matrix;
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

void make_rooms(Machine& machine) {
  const RoomSizes sizes = room_sizes(machine.recorded.program);
  machine.rooms.assign(size_t(machine.team->threads()), {});
  for (ThreadRoom& room : machine.rooms) {
    room.floats.resize(sizes.floats);
    room.blocks.resize(sizes.blocks);
    room.inputs.resize(sizes.inputs);
    room.starts.resize(sizes.experts + 2);
    room.order.resize(sizes.pairs);
    room.queries.resize(sizes.queries);
    room.halves.resize(sizes.halves);
  }
}

// Tasks of a phase per thread: small ones let the faster thread take more, and cost a little each.
// More than one per thread, as a thread that was put to sleep keeps only its task from the others.
constexpr int kTasksPerThread = 4;

Status make_memory(Memory& memory, uint64_t count, uint64_t each) {
  const auto bytes = checked_mul(count, each);
  if (!bytes) return fail(ErrorKind::no_memory, "memory", "the program's scratch is too large");
  auto made = TRY(Memory::make(*bytes));
  memory = std::move(made);
  return {};
}

}  // namespace

// The check comes first: all that follows, here and in every Step, trusts operands. choose_ahead needs
// the packed weights, arrange only the Program.
Status record(Machine& machine, Program program, const OnPacked& on_packed) {
  TRY(check(program, shapes(machine)));
  TRY(prepare_all(machine, program, on_packed));
  choose_ahead(machine);
  machine.recorded = arrange(std::move(program));
  const int threads = machine.team->threads();
  machine.phases = Phases(machine.recorded.phases.size(), threads == 1 ? 1 : threads * kTasksPerThread);
  const Program& p = machine.recorded.program;
  TRY(make_memory(machine.all, p.row_floats, uint64_t(p.max_rows) * 4));
  if (auto ok = make_memory(machine.wanted, p.wanted_floats, uint64_t(p.max_wanted) * 4); !ok) {
    return fail(ok);
  }
  TRY(make_memory(machine.encoded, machine.recorded.encoded_bytes, 1));
  TRY(make_memory(machine.result_copy, result_copy_bytes(p), 1));
  make_rooms(machine);
  return {};
}

}  // namespace straddle::device::cpu
