// From a file to a device that holds it: blueprint, plan, weights, caches, program.
#include "base/threads.h"
#include "device/device.h"
#include "engine/impl.h"

namespace straddle::engine {
namespace {

// Where positions are rows of a table there are no others.
uint32_t choose_context(const LoadOptions& options, const model::Blueprint& b) {
  const uint32_t asked = options.context > 0 ? options.context : std::min(b.context, 4096u);
  return b.position_table ? std::min(asked, b.position_table.rows) : asked;
}

Result<ops::Device> make_device(const LoadOptions& options) {
  if (options.device == "reference") return device::make_reference({.check = options.check});
  if (options.device == "cpu") return device::make_cpu({.threads = options.threads, .isa = options.isa});
  return fail(ErrorKind::usage, "--device", "unknown device '" + options.device + "'",
              "reference or cpu");
}

// The same device before it is made.
Result<plan::DeviceForm> form_of(const LoadOptions& options) {
  if (options.device == "reference") return plan::DeviceForm{.measure = device::reference_bytes};
  const unsigned threads = options.threads ? options.threads : usable_cores();
  return plan::DeviceForm{TRY(device::cpu_layout(options.isa)), [threads](const ops::Program& program) {
                            return device::cpu_bytes(program, threads);
                          }};
}

Result<uint32_t> load_tensor(const gguf::File& file, const gguf::Tensor& t, ops::Device& device) {
  auto loaded = device.load({t.format, t.shape[0], t.elements() / t.shape[0], file.data(t), t.name});
  if (!loaded) loaded.error().where = file.path() + ": tensor '" + std::string(t.name) + "'";
  return loaded;
}

struct Weights {
  std::vector<uint32_t> buffers;  // by tensor
  uint64_t bytes = 0;             // in the file
};

// Hands the tensors of all parts to the device, which maps or copies them when the Program is recorded.
Result<Weights> load_weights(const gguf::File& file, const model::Blueprint& b, ops::Device& device) {
  Weights out{.buffers = std::vector<uint32_t>(file.tensors().size(), ops::kNone)};
  for (const model::Part& part : model::parts(b)) {
    for (const model::TensorUse& use : part.cuts[0].tensors) {
      uint32_t& buffer = out.buffers[use.tensor];
      if (buffer != ops::kNone) continue;  // a range more of it, or a tied table
      buffer = TRY(load_tensor(file, file.tensors()[use.tensor], device));
      out.bytes += file.tensors()[use.tensor].bytes;
    }
  }
  return out;
}

// As the device packs weights, their pages of the file leave memory: it never holds two copies of
// the model.
ops::OnPacked drop_packed_pages(const gguf::File& file, uint64_t total, const LoadProgress& progress) {
  return [&file, total, &progress, done = uint64_t(0)](std::span<const uint8_t> bytes) mutable {
    file.drop_pages(bytes);
    done += bytes.size();
    return !progress || progress(done, total);
  };
}

Result<ops::KvCache> make_cache(ops::Device& device, const model::CacheShape& shape,
                                const plan::Needs& plan) {
  const uint64_t rows = uint64_t(plan.pages) * ops::kPageTokens * shape.kv_heads;
  const uint64_t size = ops::bytes_of(plan.request.kv);
  auto keys = TRY(device.alloc(rows * shape.key_size * size));
  auto values = TRY(device.alloc(rows * shape.value_size * size));
  return ops::KvCache{keys, values, shape.kv_heads, shape.key_size, shape.value_size, plan.request.kv};
}

Status record(const model::Blueprint& b, const plan::Needs& plan, std::span<const uint32_t> buffers,
              ops::Device& device, const ops::OnPacked& on_packed) {
  model::DeviceBuffers placed;
  placed.buffers = buffers;
  placed.max_rows = plan.request.max_rows;
  placed.max_wanted = plan.request.max_wanted;
  for (const auto& shape : b.caches) {
    auto cache = TRY(make_cache(device, shape, plan));
    placed.caches.push_back(cache);
  }
  for (uint32_t floats : b.states) {
    auto buffer = TRY(device.alloc(uint64_t(floats) * 4 * plan.state_slots()));
    placed.states.push_back({buffer, floats});
  }
  return device.record(model::forward(b, placed), on_packed);
}

std::vector<Sequence> give_pages(const plan::Needs& plan) {
  std::vector<Sequence> sequences(plan.request.sequences);
  const uint32_t each = plan.pages / plan.request.sequences;
  for (uint32_t s = 0; s < sequences.size(); ++s) {
    for (uint32_t i = 0; i < each; ++i) sequences[s].pages.push_back(s * each + i);
    sequences[s].tokens.reserve(plan.request.context);
  }
  return sequences;
}

StepBuffers size_step(const model::Blueprint& b, const plan::Needs& plan) {
  StepBuffers step;
  const uint32_t rows = plan.request.max_rows;
  step.positions.resize(rows);
  step.sequences.resize(rows);
  step.wanted.resize(rows);
  step.row_factors.resize(b.temperature.scale != 0 ? rows : 0);
  for (const auto& rope : b.ropes) step.angles.emplace_back(size_t(rows) * rope.rotated);
  step.angle_views.resize(b.ropes.size());
  step.views.resize(plan.request.sequences);
  step.fresh.resize(plan.request.sequences);
  return step;
}

struct Planned {
  model::Blueprint blueprint;
  plan::Needs plan;
};

Result<Planned> make_plan(const gguf::File& file, const LoadOptions& options) {
  auto blueprint = TRY(model::describe(file, {.context = options.context}));
  const uint32_t context = choose_context(options, blueprint);
  if (options.context == 0 && context != blueprint.context)
    blueprint = TRY(model::describe(file, {.context = context}));
  auto form = TRY(form_of(options));
  auto plan = TRY(plan::count_needs(file, blueprint,
                                    {.context = context,
                                     .sequences = options.sequences,
                                     .max_rows = options.max_rows,
                                     .max_wanted = options.max_wanted,
                                     .kv = options.kv,
                                     .free_bytes = options.free_bytes},
                                    form));
  return Planned{std::move(blueprint), plan};
}

}  // namespace

Result<plan::Needs> Engine::needs_for(const gguf::File& file, const LoadOptions& options) {
  auto planned = TRY(make_plan(file, options));
  return planned.plan;
}

Result<Engine> Engine::load(const gguf::File& file, const LoadOptions& options,
                            const LoadProgress& progress) {
  auto planned = TRY(make_plan(file, options));
  auto& [blueprint, plan] = planned;
  auto device = TRY(make_device(options));
  auto weights = TRY(load_weights(file, blueprint, device));
  const auto on_packed = drop_packed_pages(file, weights.bytes, progress);
  TRY(record(blueprint, plan, weights.buffers, device, on_packed));
  auto sequences = give_pages(plan);
  auto step = size_step(blueprint, plan);
  return Engine(std::make_unique<Impl>(
      Impl{file, std::move(blueprint), plan, std::move(device), std::move(sequences), std::move(step)}));
}

}  // namespace straddle::engine
