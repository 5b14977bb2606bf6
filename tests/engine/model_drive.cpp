#include "engine/model_drive.h"

#include <algorithm>

#include "engine/engine.h"
#include "engine/placements.h"
#include "ops/check.h"
#include "ops/print.h"

namespace straddle::testing {
namespace {

constexpr uint32_t kContext = 64, kRows = 4;

// A refusal is one line that speaks of the file, not of our Programs and Steps.
std::string fault_of(const Error& error) {
  const std::string line = one_line(error);
  for (const char* ours : {"program", "step", "weight"}) {
    if (error.where == ours) return line;
  }
  return error.what.empty() || line.find('\n') != std::string::npos ? "not a line: " + line : "";
}

// What a device would have been given.
std::string check_program(const model::DeviceProgram& device) {
  std::vector<ops::WeightShape> weights;
  std::vector<ops::CacheShape> caches;
  std::vector<ops::StateShape> states;
  for (const auto& w : device.weights)
    weights.push_back({w.format, w.columns, uint64_t(w.rows) * w.matrices});
  for (const auto& c : device.program.caches)
    caches.push_back({1, c.kv_heads, c.key_size, c.value_size, c.type});
  for (const auto& s : device.program.states) states.push_back({1, s.floats});
  const Status ok = ops::check(device.program, {weights, caches, states});
  return ok ? "" : one_line(ok.error()) + "\n" + ops::text_of(device.program);
}

// Whole Programs without any memory, of one device and of two.
std::string check_programs(const model::Blueprint& b) {
  const model::StepSize size{.max_rows = kRows, .max_wanted = kRows};
  std::string fault = check_program(model::forward(b, {}, 1, size)[0]);
  const auto both = model::forward(b, half_of_everything(b), 2, size);
  for (const auto& device : both)
    if (fault.empty()) fault = check_program(device);
  return !fault.empty() || all_is_received(both) ? fault : "devices wait for each other";
}

std::string steps(const gguf::File& file, const std::string& device, bool& ran) {
  auto engine = engine::Engine::load(file, {.devices = {device},
                                            .threads = 2,
                                            .context = kContext,
                                            .max_rows = kRows,
                                            .max_wanted = kRows,
                                            .free_bytes = 1u << 22});
  if (!engine) return fault_of(engine.error());
  const auto last = int32_t(engine->blueprint().vocabulary) - 1;
  const int32_t tokens[] = {std::min(1, last), last, 0};
  const auto first = engine->feed(0, tokens, engine::Wanted::all);
  if (!first) return fault_of(first.error());
  ran = true;
  if (!engine->blueprint().causal) return "";
  const auto second = engine->feed(0, std::span(tokens).first(1), engine::Wanted::last);
  return second ? "" : fault_of(second.error());
}

}  // namespace

Drive drive(const SparseModel& model) {
  const auto bytes = model.bytes();
  if (bytes->empty()) return {};
  const auto file = gguf::File::parse(*bytes, "lying");
  if (!file) return {fault_of(file.error())};
  const auto blueprint = model::describe(*file, {.context = kContext});
  if (!blueprint) return {fault_of(blueprint.error())};
  Drive out{check_programs(*blueprint), true};
  for (const char* device : {"cpu", "reference"}) {
    if (out.fault.empty()) out.fault = steps(*file, device, out.ran);
  }
  return out;
}

}  // namespace straddle::testing
