#include "device/reference/machine.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/checked.h"
#include "device/device.h"
#include "ops/visit_operands.h"

namespace straddle::device {
namespace reference {

void Operands::weights(const ops::Weight& w, uint64_t matrix, uint64_t row, std::span<float> out) const {
  machine.last_read = w.buffer;
  const uint8_t* bytes = machine.weights[w.buffer].file.row(matrix * w.rows + row);
  quant::traits(w.format).dequantize(bytes, out.data(), w.columns);
}

// Row by row as it was loaded, which may be cut otherwise than the weight.
std::vector<float> Operands::vector(const ops::Weight& w) const {
  if (!w) return {};
  machine.last_read = w.buffer;
  const Matrix& m = machine.weights[w.buffer];
  std::vector<float> out(ops::count(w));
  for (uint64_t r = 0; r < m.shape.rows; ++r)
    quant::traits(w.format).dequantize(m.file.row(r), &out[r * m.shape.columns], m.shape.columns);
  return out;
}

float* Operands::state(const ops::State& s, size_t r) const {
  const size_t slot = step.views[step.sequences[r]].state;
  return machine.states[s.state].floats.data() + slot * s.floats;
}

uint64_t Operands::kv_index(size_t r, uint32_t position, uint32_t head, const ops::KvCache& cache,
                            uint32_t size) const {
  const auto& pages = step.views[step.sequences[r]].pages[cache.table];
  const uint64_t page = pages[position / ops::kPageTokens];
  return ((page * cache.kv_heads + head) * ops::kPageTokens + position % ops::kPageTokens) * size;
}

float read_kv(const std::vector<uint8_t>& memory, ops::KvType type, uint64_t index) {
  if (type == ops::KvType::f32) return reinterpret_cast<const float*>(memory.data())[index];
  return quant::from_f16(reinterpret_cast<const uint16_t*>(memory.data())[index]);
}

void Operands::write_kv(std::vector<uint8_t>& memory, ops::KvType type, uint64_t index,
                        float value) const {
  if (type == ops::KvType::f32) {
    reinterpret_cast<float*>(memory.data())[index] = value;
    return;
  }
  uint16_t half = quant::to_f16(value);
  if (quant::beyond_f16(value, half)) {
    --half;  // below infinity comes the largest
    ++machine.counters.clamped;
  }
  reinterpret_cast<uint16_t*>(memory.data())[index] = half;
}

namespace {

// What the machine was given, as the check of a Program asks.
struct Shapes {
  std::vector<ops::WeightShape> weights;
  std::vector<ops::CacheShape> caches;
  std::vector<ops::StateShape> states;

  explicit Shapes(const Machine& m) {
    for (const Matrix& w : m.weights) weights.push_back(w.shape);
    for (const Cache& c : m.caches) caches.push_back(c.shape);
    for (const StateSlots& s : m.states) states.push_back(s.shape);
  }
};

// Of the scratch, and of the result that outlives it.
struct Floats {
  size_t all, wanted, result;
};

Floats floats_of(const ops::Program& p) {
  const size_t rows = p.result.rows == ops::Rows::all ? p.max_rows : p.max_wanted;
  return {size_t(p.row_floats) * p.max_rows, size_t(p.wanted_floats) * p.max_wanted,
          rows * p.result.width};
}

void fit(std::vector<float>& floats, size_t count) { floats.resize(std::max(floats.size(), count)); }

// What an earlier Step left must not be taken for what this one wrote.
void clear_scratch(Machine& m) {
  std::fill(m.all.begin(), m.all.end(), 0.0f);
  std::fill(m.wanted.begin(), m.wanted.end(), 0.0f);
}

void take_result(Machine& m, const Operands& operands) {
  const ops::Value& result = operands.program.result;
  for (size_t r = 0; result.width > 0 && r < operands.rows(result); ++r) {
    const auto row = operands.row(result, r);
    std::memcpy(m.result.data() + r * result.width, row.data(), row.size_bytes());
  }
  m.result_floats = operands.rows(result) * result.width;
}

Status run(Machine& m, const ops::Program& program, const ops::Step& step) {
  TRY(ops::check(program, step));
  if (m.check) clear_scratch(m);
  m.result_floats = 0;
  const Operands operands{m, program, step};
  for (uint32_t i = 0; i < program.ops.size(); ++i) {
    if (step.timeline) step.timeline->begin_op(i);
    TRY(execute(operands, program.ops[i]));
    if (!m.check) continue;
    TRY(check_values(m));
  }
  take_result(m, operands);
  return {};
}

class ReferenceDevice final : public ops::Device {
 public:
  explicit ReferenceDevice(const ReferenceOptions& options) { m_.check = options.check; }

  const char* name() const override { return "reference"; }

  Result<uint32_t> load(const ops::WeightSource& source) override {
    TRY(ops::check(source));
    m_.weights.push_back({{source.format, source.columns, source.rows}, Pieces(source), source.name});
    return uint32_t(m_.weights.size() - 1);
  }

  Result<uint32_t> make_cache(const ops::CacheShape& shape) override {
    const auto vectors = checked_mul(
        uint64_t(shape.pages) * ops::kPageTokens * ops::bytes_of(shape.type), shape.kv_heads);
    const auto keys = vectors ? checked_mul(*vectors, shape.key_size) : std::nullopt;
    const auto values = vectors ? checked_mul(*vectors, shape.value_size) : std::nullopt;
    if (!keys || !values) return fail(ErrorKind::no_memory, "memory", "a cache is too large");
    m_.caches.push_back({shape, std::vector<uint8_t>(*keys), std::vector<uint8_t>(*values)});
    return uint32_t(m_.caches.size() - 1);
  }

  Result<uint32_t> make_state(const ops::StateShape& shape) override {
    m_.states.push_back({shape, std::vector<float>(uint64_t(shape.slots) * shape.floats)});
    return uint32_t(m_.states.size() - 1);
  }

  Result<uint32_t> record(ops::Program program, const ops::OnPacked&) override {
    const Shapes shapes(m_);
    TRY(ops::check(program, ops::Given{shapes.weights, shapes.caches, shapes.states}));
    const Floats floats = floats_of(program);
    fit(m_.all, floats.all);
    fit(m_.wanted, floats.wanted);
    fit(m_.result, floats.result);
    m_.programs.push_back(std::move(program));
    return uint32_t(m_.programs.size() - 1);
  }

  Status run(uint32_t program, const ops::Step& step) override {
    return reference::run(m_, m_.programs[program], step);
  }
  std::span<const float> result() const override { return {m_.result.data(), m_.result_floats}; }

  void clear_state(uint32_t slot) override {
    for (StateSlots& s : m_.states)
      std::fill_n(s.floats.data() + slot_at(s, slot), s.shape.floats, 0.0f);
  }
  void copy_state(uint32_t from, uint32_t to) override {
    for (StateSlots& s : m_.states)
      std::copy_n(s.floats.data() + slot_at(s, from), s.shape.floats, s.floats.data() + slot_at(s, to));
  }

  ops::Held held() const override {
    ops::Held out{(m_.all.size() + m_.wanted.size() + m_.result.size()) * sizeof(float)};
    for (const Cache& c : m_.caches) out.own += c.keys.size() + c.values.size();
    for (const StateSlots& s : m_.states) out.own += s.floats.size() * sizeof(float);
    for (const Matrix& w : m_.weights) out.mapped += is_part_of_another(w) ? 0 : w.file.bytes();
    return out;
  }

  ops::Counters counters() const override { return m_.counters; }

 private:
  // Some rows of an output whose table is there too are not mapped twice.
  bool is_part_of_another(const Matrix& w) const {
    return std::ranges::any_of(m_.weights,
                               [&](const Matrix& other) { return w.file.is_part_of(other.file); });
  }
  static size_t slot_at(const StateSlots& s, uint32_t slot) { return size_t(slot) * s.shape.floats; }

  Machine m_;
};

}  // namespace
}  // namespace reference

uint64_t reference_bytes(const ops::Program& program) {
  const reference::Floats floats = reference::floats_of(program);
  return (floats.all + floats.wanted + floats.result) * sizeof(float);
}

Result<ops::OwnDevice> make_reference(const ReferenceOptions& options) {
  return ops::OwnDevice(std::make_unique<reference::ReferenceDevice>(options));
}

}  // namespace straddle::device
