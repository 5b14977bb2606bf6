// The CPU as a Device: the table, and one wake-up of all threads per Step.
#include "device/device.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "device/cpu/record.h"
#include "ops/check.h"

namespace straddle::device {
namespace cpu {
namespace {

Machine& machine_of(void* self) { return *static_cast<Machine*>(self); }

// Small pages: a context that is never filled never takes the memory.
Result<uint32_t> alloc(void* self, uint64_t bytes) {
  auto memory = TRY(Memory::make(bytes, Memory::Pages::small));
  auto& buffers = machine_of(self).buffers;
  buffers.emplace_back().own = std::move(memory);
  return uint32_t(buffers.size() - 1);
}

// Notes where the weight lies in the file. Whether it is packed is decided at record: only the Program
// tells who reads it, a product, a table look-up or an op on floats.
Result<uint32_t> load(void* self, const ops::WeightSource& source) {
  TRY(ops::check(source));
  auto& buffers = machine_of(self).buffers;
  Matrix& m = buffers.emplace_back().matrix;
  m.format = &quant::traits(source.format);
  m.columns = source.columns;
  m.rows = source.rows;
  m.row_bytes = *quant::row_bytes(source.format, source.columns);
  m.file = source.bytes.data();
  return uint32_t(buffers.size() - 1);
}

Status record_program(void* self, ops::Program program, const ops::OnPacked& on_packed) {
  return record(machine_of(self), std::move(program), on_packed);
}

void perform(Task& task, const Item& item) {
  const Recorded& r = task.machine.recorded;
  if (item.kind == Item::Kind::encode) return perform(task, r.encodings[item.index]);
  task.encoding = item.encoding == ops::kNone ? nullptr : &r.encodings[item.encoding];
  std::visit([&](const auto& op) { perform(task, op); }, r.program.ops[item.index]);
}

// One thread's walk through the phases. It awaits the phase before, not the threads: who comes late
// finds the tasks of that phase taken and done, and goes on with the next. A task does its share of
// every item of the phase before the next task is taken, so that what an item left is still in this
// core's cache.
void walk(Machine& m, const ops::Step& step, int thread) {
  Task task{m, step, thread};
  for (size_t p = 0; p < m.recorded.phases.size(); ++p) {
    const Phase& phase = m.recorded.phases[p];
    if (p > 0) m.phases.await(p - 1);
    m.phases.take_tasks(p, [&](int index) {
      task.index = index;
      for (uint32_t i = phase.begin; i < phase.end; ++i) perform(task, m.recorded.items[i]);
    });
  }
}

// The result as rows without gaps: where it lies in a wider value of the scratch, a copy.
std::span<const float> take_result(Machine& m, const ops::Step& step) {
  const ops::Value& v = m.recorded.program.result;
  const Task task{m, step, 0};
  const size_t rows = task.rows(v.rows);
  if (rows == 0) return {};
  if (v.pitch == v.width) return {task.row(v, 0), rows * v.width};
  float* out = m.result_copy.floats();
  for (size_t r = 0; r < rows; ++r)
    std::memcpy(out + r * v.width, task.row(v, r), v.width * sizeof(float));
  return {out, rows * v.width};
}

// Threads are woken once per Step, and meet again when all phases are done.
Status run(void* self, const ops::Step& step) {
  Machine& m = machine_of(self);
  TRY(ops::check(m.recorded.program, step));
  auto each = [&](int thread) { walk(m, step, thread); };
  m.phases.start();
  m.team->run(each);
  m.result = take_result(m, step);
  return {};
}

std::span<const float> result(void* self) { return machine_of(self).result; }

void clear_state(void* self, uint32_t slot) {
  Machine& m = machine_of(self);
  for (const ops::State& s : m.recorded.program.states) {
    std::fill_n(m.buffers[s.buffer].own.floats() + size_t(slot) * s.floats, s.floats, 0.0f);
  }
}

void copy_state(void* self, uint32_t from, uint32_t to) {
  Machine& m = machine_of(self);
  for (const ops::State& s : m.recorded.program.states) {
    float* slots = m.buffers[s.buffer].own.floats();
    std::copy_n(slots + size_t(from) * s.floats, s.floats, slots + size_t(to) * s.floats);
  }
}

uint64_t room_bytes(const ThreadRoom& room) {
  const auto bytes = [](const auto& vector) { return vector.size() * sizeof(vector[0]); };
  return bytes(room.floats) + bytes(room.blocks) + bytes(room.inputs) + bytes(room.starts) +
         bytes(room.order) + bytes(room.queries) + bytes(room.halves);
}

ops::Held held(void* self) {
  const Machine& m = machine_of(self);
  ops::Held out{m.all.bytes() + m.wanted.bytes() + m.encoded.bytes() + m.result_copy.bytes()};
  for (const ThreadRoom& room : m.rooms) out.own += room_bytes(room);
  for (const Buffer& b : m.buffers) {
    const ops::Held weight = b.matrix.held();
    out.own += b.own.bytes() + weight.own;
    out.mapped += weight.mapped;
  }
  return out;
}

ops::Counters counters(void* self) {
  ops::Counters out;
  for (const ThreadRoom& room : machine_of(self).rooms) out.clamped += room.clamped;
  return out;
}

void destroy(void* self) { delete static_cast<Machine*>(self); }

constexpr ops::DeviceTable kTable{"cpu",       alloc,      load, record_program, run,    result,
                                  clear_state, copy_state, held, counters,       destroy};

}  // namespace
}  // namespace cpu

Result<ops::Device> make_cpu(const CpuOptions& options) {
  auto kernels = TRY(cpu::choose_kernels(options.isa));
  auto team = TRY(ThreadTeam::make(options.threads ? options.threads : usable_cores(), options.cores));
  auto machine = std::make_unique<cpu::Machine>();
  machine->kernels = kernels;
  machine->team = std::move(team);
  return ops::Device(&cpu::kTable, machine.release());
}

Result<quant::Layout> cpu_layout(const std::string& isa) {
  const auto* kernels = TRY(cpu::choose_kernels(isa));
  return kernels->packed ? quant::Layout::cpu : quant::Layout::cpu_generic;
}

std::span<const char* const> cpu_isas() {
  static const struct Names {
    const char* names[3];
    size_t count;
    Names() : count(cpu::usable_isas().count) {
      for (size_t i = 0; i < count; ++i) names[i] = cpu::usable_isas().tables[i]->isa;
    }
  } list;
  return {list.names, list.count};
}

}  // namespace straddle::device
