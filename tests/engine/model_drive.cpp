#include "engine/model_drive.h"

#include <algorithm>

#include "engine/engine.h"
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

// The whole Program without any memory: tensors as they are, caches and states behind them.
std::string check_program(const gguf::File& file, const model::Blueprint& b) {
  std::vector<ops::BufferShape> buffers;
  std::vector<uint32_t> ids;
  for (const auto& t : file.tensors()) {
    ids.push_back(uint32_t(buffers.size()));
    buffers.push_back({t.format, t.shape[0], t.elements() / t.shape[0], 0});
  }
  const auto own = [&](uint64_t bytes) {
    buffers.push_back({std::nullopt, 0, 0, bytes});
    return uint32_t(buffers.size() - 1);
  };
  model::DeviceBuffers placed{ids, {}, {}, kRows, kRows};
  for (const auto& c : b.caches) {
    const uint64_t page = uint64_t(ops::kPageTokens) * c.kv_heads * 2;
    const uint32_t keys = own(page * c.key_size), values = own(page * c.value_size);
    placed.caches.push_back({keys, values, c.kv_heads, c.key_size, c.value_size, ops::KvType::f16});
  }
  for (uint32_t floats : b.states) placed.states.push_back({own(uint64_t(floats) * 4), floats});
  const ops::Program program = model::forward(b, placed);
  const Status ok = ops::check(program, buffers);
  return ok ? "" : one_line(ok.error()) + "\n" + ops::text_of(program);
}

std::string steps(const gguf::File& file, const std::string& device, bool& ran) {
  auto engine = engine::Engine::load(file, {.device = device,
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
  Drive out{check_program(*file, *blueprint), true};
  for (const char* device : {"cpu", "reference"}) {
    if (out.fault.empty()) out.fault = steps(*file, device, out.ran);
  }
  return out;
}

}  // namespace straddle::testing
