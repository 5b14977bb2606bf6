// From a file to devices that hold it: blueprint, Programs, needs, weights, caches, states.
#include <algorithm>

#include "base/threads.h"
#include "device/device.h"
#include "engine/impl.h"
#include "engine/weights.h"

namespace straddle::engine {
namespace {

// Where positions are rows of a table there are no others.
uint32_t choose_context(const LoadOptions& options, const model::Blueprint& b) {
  const uint32_t asked = options.context > 0 ? options.context : std::min(b.context, 4096u);
  return b.position_table ? std::min(asked, b.position_table.rows) : asked;
}

// ---- devices

Status check_names(const std::vector<std::string>& devices) {
  if (devices.empty()) return fail(ErrorKind::usage, "--device", "none is named");
  for (const std::string& name : devices)
    if (name != "reference" && name != "cpu")
      return fail(ErrorKind::usage, "--device", "unknown device '" + name + "'", "reference or cpu");
  return {};
}

// The reference computes on the thread that drives it; the CPU devices share the others.
std::vector<unsigned> share_threads(const LoadOptions& options) {
  const unsigned threads = options.threads ? options.threads : usable_cores();
  const auto cpus = unsigned(std::ranges::count(options.devices, "cpu"));
  const auto others = unsigned(options.devices.size()) - cpus;
  const unsigned shared = threads > others ? threads - others : 0;
  std::vector<unsigned> out;
  unsigned index = 0;
  for (const std::string& name : options.devices) {
    const bool is_cpu = name == "cpu";
    out.push_back(is_cpu ? std::max(1u, shared / cpus + (index < shared % cpus ? 1 : 0)) : 1);
    index += is_cpu;
  }
  return out;
}

const std::vector<std::string>& names_of(const LoadOptions& options) {
  return options.names.empty() ? options.devices : options.names;
}

Result<ops::OwnDevice> make_device(size_t index, unsigned threads, const LoadOptions& options) {
  if (options.devices[index] == "reference") return device::make_reference({.check = options.check});
  return device::make_cpu({.threads = threads, .isa = options.isa, .name = names_of(options)[index]});
}

Result<plan::DeviceForm> form_of(const std::string& name, unsigned threads, const LoadOptions& options) {
  if (name == "reference") return plan::DeviceForm{.measure = device::reference_bytes};
  return plan::DeviceForm{TRY(device::cpu_layout(options.isa)), [threads](const ops::Program& program) {
                            return device::cpu_bytes(program, threads);
                          }};
}

// ---- what is to be loaded

struct Planned {
  model::Blueprint blueprint;
  std::vector<DeviceSetup> setups;             // home first
  std::vector<model::DeviceProgram> programs;  // of each device
  plan::Needs needs;
};

Result<model::Blueprint> describe(const gguf::File& file, const LoadOptions& options) {
  auto blueprint = TRY(model::describe(file, {.context = options.context}));
  const uint32_t context = choose_context(options, blueprint);
  if (options.context != 0 || context == blueprint.context) return blueprint;
  return model::describe(file, {.context = context});
}

plan::LoadRequest request_of(const LoadOptions& options, const model::Blueprint& blueprint) {
  return {.context = choose_context(options, blueprint),
          .sequences = options.sequences,
          .max_rows = options.max_rows,
          .max_wanted = options.max_wanted,
          .kv = options.kv,
          .free_bytes = options.free_bytes};
}

Result<Planned> make_plan(const gguf::File& file, const LoadOptions& options) {
  auto blueprint = TRY(describe(file, options));
  auto setups = TRY(Engine::devices_for(options));
  std::vector<plan::DeviceForm> forms;
  for (const DeviceSetup& setup : setups) forms.push_back(setup.form);
  const plan::LoadRequest request = request_of(options, blueprint);
  auto programs =
      model::forward(blueprint, options.placement, uint32_t(setups.size()), request.step_size());
  auto needs = TRY(plan::count_needs(file, blueprint, request, programs, forms));
  return Planned{std::move(blueprint), std::move(setups), std::move(programs), std::move(needs)};
}

// ---- loading it

Result<std::vector<ops::OwnDevice>> make_devices(const Planned& planned, const LoadOptions& options) {
  std::vector<ops::OwnDevice> out;
  for (size_t i = 0; i < planned.setups.size(); ++i) {
    auto device = TRY(make_device(i, planned.setups[i].threads, options));
    if (options.wrap) device = options.wrap(uint32_t(i), std::move(device));
    out.push_back(std::move(device));
  }
  return out;
}

// Devices map or copy their weights when the Program is recorded. Returns the bytes of all.
Result<uint64_t> load_weights(const gguf::File& file, const Planned& planned,
                              std::span<const ops::OwnDevice> devices) {
  uint64_t sum = 0;
  for (size_t i = 0; i < devices.size(); ++i) {
    const auto take = [&](const ops::WeightSource& source) { return devices[i]->load(source); };
    const uint64_t bytes = TRY(engine::load_weights(file, planned.programs[i].weights, take));
    sum += bytes;
  }
  return sum;
}

// As the devices pack weights, their pages of the file leave memory: it never holds two copies of the
// model. done: bytes so far, of all devices; copies of what is returned share it.
ops::OnPacked drop_packed_pages(const gguf::File& file, uint64_t& done, uint64_t total,
                                const LoadProgress& progress) {
  return [&file, &done, total, &progress](std::span<const uint8_t> bytes) {
    file.drop_pages(bytes);
    done += bytes.size();
    return !progress || progress(done, total);
  };
}

// Caches and states in the order in which the Program numbers them.
Status record(const model::DeviceProgram& program, const plan::Needs& needs, ops::Device& device,
              const ops::OnPacked& on_packed) {
  for (const ops::KvCache& c : program.program.caches) {
    const uint32_t pages = needs.pages[c.table] * needs.request.sequences;
    TRY(device.make_cache({pages, c.kv_heads, c.key_size, c.value_size, c.type}));
  }
  for (const ops::State& state : program.program.states)
    TRY(device.make_state({needs.state_slots(), state.floats}));
  TRY(device.record(program.program, on_packed));
  return {};
}

// Only whole Steps are watched: those of kProgram.
void watch(Trace& trace, const std::vector<model::DeviceProgram>& programs,
           const std::vector<std::string>& names, Devices& devices) {
  std::deque<DeviceTrace>& traces = trace.engines.emplace_back();
  for (size_t d = 0; d < programs.size(); ++d) {
    std::vector<uint32_t> first_ops;
    for (const model::StageOps& stage : programs[d].stages) first_ops.push_back(stage.first_op);
    traces.push_back({names[d], programs[d].stages, ops::Timeline(std::move(first_ops), trace.moments)});
  }
  devices.watch(traces);
}

// Each sequence has pages of its own, for each table.
std::vector<Sequence> make_sequences(const model::Blueprint& b, const plan::Needs& needs) {
  std::vector<Sequence> out(needs.request.sequences);
  const std::vector<uint32_t> windows = model::windows(b);
  for (uint32_t s = 0; s < out.size(); ++s) {
    for (size_t t = 0; t < windows.size(); ++t) {
      const uint32_t count = needs.pages[t];
      out[s].tables.emplace_back(needs.request.context, windows[t], s * count, count);
    }
    for (const PageTable& table : out[s].tables) out[s].page_views.push_back(table.pages());
    out[s].tokens.reserve(needs.request.context);
  }
  return out;
}

StepBuffers size_step(const model::Blueprint& b, const plan::LoadRequest& request) {
  StepBuffers step;
  const uint32_t rows = request.max_rows;
  step.positions.resize(rows);
  step.sequences.resize(rows);
  step.wanted.resize(rows);
  step.row_factors.resize(b.temperature.scale != 0 ? rows : 0);
  for (const auto& rope : b.ropes) step.angles.emplace_back(size_t(rows) * rope.rotated);
  step.angle_views.resize(b.ropes.size());
  step.views.resize(request.sequences);
  step.fresh.resize(request.sequences);
  return step;
}

}  // namespace

Result<std::vector<DeviceSetup>> Engine::devices_for(const LoadOptions& options) {
  TRY(check_names(options.devices));
  const std::vector<unsigned> threads = share_threads(options);
  std::vector<DeviceSetup> out;
  for (size_t i = 0; i < threads.size(); ++i) {
    auto form = TRY(form_of(options.devices[i], threads[i], options));
    out.push_back({threads[i], std::move(form)});
  }
  return out;
}

Result<Engine> Engine::load(const gguf::File& file, const LoadOptions& options,
                            const LoadProgress& progress) {
  auto planned = TRY(make_plan(file, options));
  auto& [blueprint, setups, programs, needs] = planned;
  auto devices = TRY(make_devices(planned, options));
  const uint64_t bytes = TRY(load_weights(file, planned, devices));
  uint64_t done = 0;
  const auto on_packed = drop_packed_pages(file, done, bytes, progress);
  for (size_t i = 0; i < devices.size(); ++i) TRY(record(programs[i], needs, *devices[i], on_packed));
  auto together = TRY(Devices::make(std::move(devices), names_of(options), plan::ring_floats(programs)));
  if (options.trace) watch(*options.trace, programs, names_of(options), together);
  auto sequences = make_sequences(blueprint, needs);
  auto step = size_step(blueprint, needs.request);
  return Engine(
      std::make_unique<Impl>(Impl{file, std::move(blueprint), std::move(needs), std::move(together),
                                  std::move(sequences), std::move(step)}));
}

}  // namespace straddle::engine
