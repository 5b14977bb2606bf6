#include "device/cpu/measure.h"

#include <algorithm>

#include "device/cpu/machine.h"
#include "device/device.h"
#include "ops/visit_operands.h"

namespace straddle::device {
namespace cpu {
namespace {

using namespace ops;

// Of the weights that are not floats: their longest row, made float32 or integers.
struct LongestRow {
  RoomSizes& sizes;
  void operator()(const WeightOperand& operand) const {
    if (operand.use == WeightUse::floats) return;
    const Weight& w = operand.weight;
    const quant::Traits& t = quant::traits(w.format);
    sizes.floats = std::max<uint64_t>(sizes.floats, w.columns);
    if (t.integers) sizes.blocks = std::max<uint64_t>(sizes.blocks, w.columns / t.block_values);
  }
  template <class Other>
  void operator()(const Other&) const {}
};

void add(RoomSizes& sizes, const Program& program, const Op& op, uint64_t rows) {
  visit_operands(program, op, LongestRow{sizes});
  const auto at_least = [](uint64_t& size, uint64_t least) { size = std::max(size, least); };
  if (const auto* o = std::get_if<ExpertMatMul>(&op)) {
    at_least(sizes.starts, o->weight.matrices + kExpertStarts);
    at_least(sizes.pairs, rows * o->ids.width);
  }
  if (const auto* o = std::get_if<Attend>(&op)) at_least(sizes.queries, kRowsTogether * o->heads);
  if (const auto* o = std::get_if<Route>(&op)) at_least(sizes.floats, 3 * uint64_t(o->logits.width));
  if (const auto* o = std::get_if<ScanDelta>(&op)) at_least(sizes.floats, 2 * uint64_t(o->head_size));
  if (const auto* o = std::get_if<ScanMamba>(&op)) at_least(sizes.floats, o->b.width);
}

}  // namespace

RoomSizes room_sizes(const Program& program) {
  if (program.ops.empty()) return {};
  RoomSizes sizes{.floats = 64};
  const uint64_t rows = std::max(program.max_rows, program.max_wanted);
  for (const Op& op : program.ops) add(sizes, program, op, rows);
  sizes.inputs = std::max(rows, sizes.pairs);
  for (const KvCache& c : program.caches) {
    sizes.halves = std::max(sizes.halves, uint64_t(c.kv_heads) * (c.key_size + c.value_size));
  }
  return sizes;
}

uint64_t RoomSizes::bytes() const {
  return floats * sizeof(float) + blocks * sizeof(quant::Integers) + inputs * sizeof(Input) +
         (starts + pairs) * sizeof(uint32_t) + queries * sizeof(Query) + halves * sizeof(uint16_t);
}

uint64_t result_copy_bytes(const Program& p) {
  if (p.result.pitch == p.result.width) return 0;
  return uint64_t(p.result.rows == Rows::all ? p.max_rows : p.max_wanted) * p.result.width *
         sizeof(float);
}

}  // namespace cpu

uint64_t cpu_bytes(const ops::Program& program, unsigned threads) {
  return program.value_bytes() + cpu::arrange(program).encoded_bytes + cpu::result_copy_bytes(program) +
         threads * cpu::room_sizes(program).bytes();
}

}  // namespace straddle::device
