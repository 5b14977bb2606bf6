// Takes a Program: has it checked, lays weights out for their products, and sizes everything that a
// Step needs.
#include "device/cpu/record.h"

#include <algorithm>

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
  return operand.use == WeightUse::floats ? widen(m) : Status{};
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

// The largest of everything that a thread keeps for one op: nothing is allocated during a Step, so what
// the greediest op needs is there from the start.
struct Sizes {
  size_t floats = 64, blocks = 0, inputs = 0, experts = 0, pairs = 0, queries = 0, halves = 0;

  void add(const Weight& w) {
    floats = std::max<size_t>(floats, w.columns);
    const quant::Traits& t = quant::traits(w.format);
    if (t.integers) blocks = std::max<size_t>(blocks, w.columns / t.block_values);
  }
  void add(const Program& program, const Op& op, size_t rows) {
    each_weight(program, op, [&](const WeightOperand& operand) {
      if (operand.use != WeightUse::floats) add(operand.weight);
    });
    if (const auto* o = std::get_if<ExpertMatMul>(&op)) {
      experts = std::max<size_t>(experts, o->weight.matrices);
      pairs = std::max(pairs, rows * o->ids.width);
    }
    if (const auto* o = std::get_if<Attend>(&op))
      queries = std::max<size_t>(queries, kRowsTogether * o->heads);
    if (const auto* o = std::get_if<Route>(&op)) floats = std::max<size_t>(floats, 3 * o->logits.width);
    if (const auto* o = std::get_if<ScanDelta>(&op)) floats = std::max<size_t>(floats, 2 * o->head_size);
    if (const auto* o = std::get_if<ScanMamba>(&op)) floats = std::max<size_t>(floats, o->b.width);
    inputs = std::max(rows, pairs);
  }
};

void make_rooms(Machine& machine) {
  const Program& p = machine.recorded.program;
  const size_t rows = std::max(p.max_rows, p.max_wanted);
  Sizes sizes;
  for (const Op& op : p.ops) sizes.add(p, op, rows);
  for (const KvCache& c : p.caches) {
    sizes.halves = std::max<size_t>(sizes.halves, size_t(c.kv_heads) * (c.key_size + c.value_size));
  }
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
  if (p.result.pitch != p.result.width) {
    const uint64_t rows = p.result.rows == Rows::all ? p.max_rows : p.max_wanted;
    TRY(make_memory(machine.result_copy, rows, uint64_t(p.result.width) * 4));
  }
  make_rooms(machine);
  return {};
}

}  // namespace straddle::device::cpu
