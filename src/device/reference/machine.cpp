#include "device/reference/machine.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "device/device.h"
#include "ops/check.h"
#include "ops/visit_operands.h"

namespace straddle::device {
namespace reference {

void Operands::weights(const ops::Weight& w, uint64_t matrix, uint64_t row, std::span<float> out) const {
  machine.last_read = w.buffer;
  const uint64_t bytes = *quant::row_bytes(w.format, w.columns);
  const uint8_t* data = machine.buffers[w.buffer].weight.bytes.data();
  quant::traits(w.format).dequantize(data + (w.first_row + matrix * w.matrix_rows + row) * bytes,
                                     out.data(), w.columns);
}

std::vector<float> Operands::vector(const ops::Weight& w) const {
  if (!w) return {};
  std::vector<float> out(ops::count(w));
  for (uint64_t r = 0; r < w.rows; ++r)
    weights(w, 0, r, std::span(out).subspan(r * w.columns, w.columns));
  return out;
}

float* Operands::state(const ops::State& s, size_t r) const {
  auto* floats = reinterpret_cast<float*>(machine.buffers[s.buffer].own.data());
  return floats + size_t(step.views[step.sequences[r]].state) * s.floats;
}

uint64_t Operands::kv_index(size_t r, uint32_t position, uint32_t head, const ops::KvCache& cache,
                            uint32_t size) const {
  const uint64_t page = step.views[step.sequences[r]].pages[position / ops::kPageTokens];
  return ((page * cache.kv_heads + head) * ops::kPageTokens + position % ops::kPageTokens) * size;
}

float Operands::read_kv(uint32_t buffer, ops::KvType type, uint64_t index) const {
  const uint8_t* data = machine.buffers[buffer].own.data();
  if (type == ops::KvType::f32) return reinterpret_cast<const float*>(data)[index];
  return quant::from_f16(reinterpret_cast<const uint16_t*>(data)[index]);
}

void Operands::write_kv(uint32_t buffer, ops::KvType type, uint64_t index, float value) const {
  uint8_t* data = machine.buffers[buffer].own.data();
  if (type == ops::KvType::f32) {
    reinterpret_cast<float*>(data)[index] = value;
  } else {
    uint16_t half = quant::to_f16(value);
    if (quant::beyond_f16(value, half)) {
      --half;  // below infinity comes the largest
      ++machine.counters.clamped;
    }
    reinterpret_cast<uint16_t*>(data)[index] = half;
  }
}

namespace {

Machine& machine_of(void* self) { return *static_cast<Machine*>(self); }

Result<uint32_t> alloc(void* self, uint64_t bytes) {
  auto& buffers = machine_of(self).buffers;
  buffers.emplace_back().own.resize(bytes);
  return uint32_t(buffers.size() - 1);
}

Result<uint32_t> load(void* self, const ops::WeightSource& source) {
  TRY(ops::check(source));
  auto& buffers = machine_of(self).buffers;
  buffers.emplace_back().weight = source;
  return uint32_t(buffers.size() - 1);
}

std::vector<ops::BufferShape> shapes(const Machine& m) {
  std::vector<ops::BufferShape> out;
  for (const Buffer& b : m.buffers) {
    out.push_back({std::nullopt, b.weight.columns, b.weight.rows, b.own.size()});
    if (b.weight.columns > 0) out.back().format = b.weight.format;
  }
  return out;
}

// Of the scratch, and of the result that outlives it.
struct Floats {
  size_t all, wanted, result;
};

Floats floats_of(const ops::Program& p) {
  const size_t rows = p.result.rows == ops::Rows::all ? p.max_rows : p.max_wanted;
  return {size_t(p.row_floats) * p.max_rows, size_t(p.wanted_floats) * p.max_wanted,
          rows * p.result.width};
}

Status record(void* self, ops::Program program, const ops::OnPacked&) {
  Machine& m = machine_of(self);
  TRY(ops::check(program, shapes(m)));
  const Floats floats = floats_of(program);
  m.all.assign(floats.all, 0.0f);
  m.wanted.assign(floats.wanted, 0.0f);
  m.result.assign(floats.result, 0.0f);
  m.program = std::move(program);
  return {};
}

// What an earlier Step left must not be taken for what this one wrote.
void clear_scratch(Machine& m) {
  std::fill(m.all.begin(), m.all.end(), 0.0f);
  std::fill(m.wanted.begin(), m.wanted.end(), 0.0f);
}

Status run(void* self, const ops::Step& step) {
  Machine& m = machine_of(self);
  TRY(ops::check(m.program, step));
  if (m.check) clear_scratch(m);
  const Operands operands{m, step};
  for (const ops::Op& op : m.program.ops) {
    execute(operands, op);
    if (!m.check) continue;
    TRY(check_values(m));
  }
  const ops::Value& result = m.program.result;
  for (size_t r = 0; r < operands.rows(result); ++r) {
    const auto row = operands.row(result, r);
    std::memcpy(m.result.data() + r * result.width, row.data(), row.size_bytes());
  }
  return {};
}

std::span<const float> result(void* self) { return machine_of(self).result; }

void clear_state(void* self, uint32_t slot) {
  Machine& m = machine_of(self);
  for (const ops::State& s : m.program.states) {
    std::memset(m.buffers[s.buffer].own.data() + size_t(slot) * s.floats * 4, 0, size_t(s.floats) * 4);
  }
}

void copy_state(void* self, uint32_t from, uint32_t to) {
  Machine& m = machine_of(self);
  for (const ops::State& s : m.program.states) {
    const size_t bytes = size_t(s.floats) * 4;
    uint8_t* slots = m.buffers[s.buffer].own.data();
    std::memcpy(slots + to * bytes, slots + from * bytes, bytes);
  }
}

ops::Held held(void* self) {
  const Machine& m = machine_of(self);
  ops::Held out{(m.all.size() + m.wanted.size() + m.result.size()) * sizeof(float)};
  for (const Buffer& b : m.buffers) {
    out.own += b.own.size();
    out.mapped += b.weight.bytes.size();
  }
  return out;
}

ops::Counters counters(void* self) { return machine_of(self).counters; }

void destroy(void* self) { delete static_cast<Machine*>(self); }

constexpr ops::DeviceTable kTable{"reference", alloc,      load, record,   run,    result,
                                  clear_state, copy_state, held, counters, destroy};

}  // namespace
}  // namespace reference

uint64_t reference_bytes(const ops::Program& program) {
  const reference::Floats floats = reference::floats_of(program);
  return (floats.all + floats.wanted + floats.result) * sizeof(float);
}

Result<ops::Device> make_reference(const ReferenceOptions& options) {
  auto* machine = new reference::Machine;
  machine->check = options.check;
  return ops::Device(&reference::kTable, machine);
}

}  // namespace straddle::device
