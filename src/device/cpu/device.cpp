// The CPU as a Device: what it is given, and one wake-up of all threads per Step.
#include "device/device.h"

#include <algorithm>
#include <cstring>

#include "device/cpu/record.h"
#include "ops/check.h"

namespace straddle::device {
namespace cpu {

// Notes where the weight lies in the file. Whether it is packed is decided at record: only the Program
// tells who reads it, a product, a table look-up or an op on floats.
Result<uint32_t> load(Machine& machine, const ops::WeightSource& source) {
  TRY(ops::check(source));
  Matrix& m = machine.weights.emplace_back();
  m.format = &quant::traits(source.format);
  m.columns = source.columns;
  m.rows = source.rows;
  m.file = Pieces(source);
  return uint32_t(machine.weights.size() - 1);
}

namespace {

// `vectors` of `size` numbers of `bytes` each. Small pages: a context that is never filled never takes
// the memory.
Result<Memory> make_vectors(uint64_t vectors, uint64_t size, uint64_t bytes) {
  const auto numbers = checked_mul(vectors, size);
  const auto all = numbers ? checked_mul(*numbers, bytes) : std::nullopt;
  if (!all) return fail(ErrorKind::no_memory, "memory", "a cache is too large");
  return Memory::make(*all, Memory::Pages::small);
}

}  // namespace

Result<uint32_t> make_cache(Machine& machine, const ops::CacheShape& shape) {
  const uint64_t tokens = uint64_t(shape.pages) * ops::kPageTokens;
  const auto vectors = checked_mul(tokens, shape.kv_heads);
  if (!vectors) return fail(ErrorKind::no_memory, "memory", "a cache is too large");
  const uint64_t bytes = ops::bytes_of(shape.type);
  auto keys = TRY(make_vectors(*vectors, shape.key_size, bytes));
  auto values = TRY(make_vectors(*vectors, shape.value_size, bytes));
  machine.caches.push_back({shape, std::move(keys), std::move(values)});
  return uint32_t(machine.caches.size() - 1);
}

Result<uint32_t> make_state(Machine& machine, const ops::StateShape& shape) {
  auto memory = TRY(make_vectors(shape.slots, shape.floats, sizeof(float)));
  machine.states.push_back({shape, std::move(memory)});
  return uint32_t(machine.states.size() - 1);
}

namespace {

// Task 0 of each phase is taken first, and tells: items of its own come in the order of the Program.
// What is made for an op counts to it.
void tell(const Task& task, const Item& item) {
  if (!task.step.timeline || task.index != 0) return;
  const bool is_op = item.kind == Item::Kind::op;
  task.step.timeline->begin_op(is_op ? item.index : task.prepared.recorded.encodings[item.index].first);
}

void perform(Task& task, const Item& item) {
  const Recorded& r = task.prepared.recorded;
  tell(task, item);
  if (item.kind == Item::Kind::encode) return perform(task, r.encodings[item.index]);
  task.encoding = item.encoding == ops::kNone ? nullptr : &r.encodings[item.encoding];
  std::visit([&](const auto& op) { perform(task, op); }, r.program.ops[item.index]);
}

// A Step that has failed goes on to its end without doing anything: nobody waits for what is not done.
void perform(Task& task, const Phase& phase) {
  const std::atomic<bool>& failed = task.machine.failed;
  for (uint32_t i = phase.begin; i < phase.end && !failed.load(std::memory_order_relaxed); ++i)
    perform(task, task.prepared.recorded.items[i]);
}

// One thread's walk through the phases. It awaits the phase before, not the threads: who comes late
// finds the tasks of that phase taken and done, and goes on with the next. A task does its share of
// every item of the phase before the next task is taken, so that what an item left is still in this
// core's cache.
void walk(Machine& m, Prepared& prepared, const ops::Step& step, int thread) {
  Task task{m, prepared, step, thread};
  const std::vector<Phase>& phases = prepared.recorded.phases;
  for (size_t p = 0; p < phases.size(); ++p) {
    if (p > 0) prepared.phases.await(p - 1);
    prepared.phases.take_tasks(p, [&](int index) {
      task.index = index;
      perform(task, phases[p]);
    });
  }
}

// The result as rows without gaps: where it lies in a wider value of the scratch, a copy.
std::span<const float> take_result(Machine& m, const Prepared& prepared, const ops::Step& step) {
  const ops::Value& v = prepared.recorded.program.result;
  const Task task{m, prepared, step, 0};
  const size_t rows = task.rows(v.rows);
  if (rows == 0 || v.width == 0) return {};
  if (v.pitch == v.width) return {task.row(v, 0), rows * v.width};
  float* out = m.scratch.result_copy.floats();
  for (size_t r = 0; r < rows; ++r)
    std::memcpy(out + r * v.width, task.row(v, r), v.width * sizeof(float));
  return {out, rows * v.width};
}

// Threads are woken once per Step, and meet again when all phases are done.
Status run(Machine& m, Prepared& prepared, const ops::Step& step) {
  TRY(ops::check(prepared.recorded.program, step));
  m.failed.store(false, std::memory_order_relaxed);
  auto each = [&](int thread) { walk(m, prepared, step, thread); };
  prepared.phases.start();
  m.team->run(each);
  m.result = {};
  if (m.failed.load(std::memory_order_relaxed)) return ops::another_device_failed();
  m.result = take_result(m, prepared, step);
  return {};
}

uint64_t room_bytes(const ThreadRoom& room) {
  const auto bytes = [](const auto& vector) { return vector.size() * sizeof(vector[0]); };
  return bytes(room.floats) + bytes(room.blocks) + bytes(room.inputs) + bytes(room.starts) +
         bytes(room.order) + bytes(room.queries) + bytes(room.halves);
}

uint64_t scratch_bytes(const Scratch& s) {
  uint64_t bytes = s.all.bytes() + s.wanted.bytes() + s.encoded.bytes() + s.result_copy.bytes();
  for (const ThreadRoom& room : s.rooms) bytes += room_bytes(room);
  return bytes;
}

class CpuDevice final : public ops::Device {
 public:
  CpuDevice(const Kernels* kernels, std::unique_ptr<ThreadTeam> team) {
    machine_.kernels = kernels;
    machine_.team = std::move(team);
  }

  const char* name() const override { return "cpu"; }
  Result<uint32_t> load(const ops::WeightSource& source) override { return cpu::load(machine_, source); }
  Result<uint32_t> make_cache(const ops::CacheShape& shape) override {
    return cpu::make_cache(machine_, shape);
  }
  Result<uint32_t> make_state(const ops::StateShape& shape) override {
    return cpu::make_state(machine_, shape);
  }
  Result<uint32_t> record(ops::Program program, const ops::OnPacked& on_packed) override {
    return cpu::record(machine_, std::move(program), on_packed);
  }
  Status run(uint32_t program, const ops::Step& step) override {
    return cpu::run(machine_, machine_.programs[program], step);
  }
  std::span<const float> result() const override { return machine_.result; }

  void clear_state(uint32_t slot) override {
    for (const StateSlots& s : machine_.states) std::fill_n(s.slot(slot), s.shape.floats, 0.0f);
  }
  void copy_state(uint32_t from, uint32_t to) override {
    for (const StateSlots& s : machine_.states) std::copy_n(s.slot(from), s.shape.floats, s.slot(to));
  }

  ops::Held held() const override {
    ops::Held out{scratch_bytes(machine_.scratch)};
    for (const Cache& c : machine_.caches) out.own += c.keys.bytes() + c.values.bytes();
    for (const StateSlots& s : machine_.states) out.own += s.memory.bytes();
    for (const Matrix& m : machine_.weights) {
      const ops::Held weight = m.held();
      out.own += weight.own;
      if (!is_in_a_table(m)) out.mapped += weight.mapped;
    }
    return out;
  }

  ops::Counters counters() const override {
    ops::Counters out;
    for (const ThreadRoom& room : machine_.scratch.rooms) out.clamped += room.clamped;
    return out;
  }

 private:
  // Some rows of an output whose table is there too are not mapped twice.
  bool is_in_a_table(const Matrix& m) const {
    return std::ranges::any_of(machine_.weights, [&](const Matrix& table) {
      return table.is_table && m.file.is_part_of(table.file);
    });
  }

  Machine machine_;
};

}  // namespace
}  // namespace cpu

Result<ops::OwnDevice> make_cpu(const CpuOptions& options) {
  const auto* kernels = TRY(cpu::choose_kernels(options.isa));
  const unsigned threads = options.threads ? options.threads : usable_cores();
  Workers workers{.cores = options.cores, .names = {}};
  for (unsigned t = 0; t < threads; ++t) workers.names.push_back(options.name + "-" + std::to_string(t));
  auto team = TRY(ThreadTeam::make(threads, std::move(workers)));
  return ops::OwnDevice(std::make_unique<cpu::CpuDevice>(kernels, std::move(team)));
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
