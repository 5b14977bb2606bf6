#include "plan/needs.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"

namespace straddle::plan {
namespace {

// More than any memory, where a count wraps.
constexpr uint64_t kEndless = std::numeric_limits<uint64_t>::max();

// Of all layers: a sequence's page table is the same for each.
uint64_t kv_bytes_per_page(const model::Blueprint& b, ops::KvType type) {
  uint64_t values = 0;
  for (const auto& c : b.caches) values += uint64_t(c.kv_heads) * (c.key_size + c.value_size);
  return values * ops::kPageTokens * (type == ops::KvType::f32 ? 4 : 2);
}

// The Program is written for no device, with every tensor in buffer 0: only its counts of scratch are
// looked at. So the plan cannot differ from what forward will do.
uint64_t scratch_bytes(const model::Blueprint& b, const LoadRequest& r) {
  model::DeviceBuffers dry;
  std::vector<uint32_t> ids(b.reads.size(), 0);
  dry.buffers = ids;
  dry.states.resize(b.states.size());
  const ops::Program program = model::forward(b, dry);
  return (uint64_t(program.row_floats) * r.max_rows + uint64_t(program.wanted_floats) * r.max_wanted) *
         sizeof(float);
}

Needs count(const gguf::File& file, const model::Blueprint& b, const LoadRequest& r) {
  Needs plan{.request = r};
  plan.pages = (r.context + ops::kPageTokens - 1) / ops::kPageTokens * r.sequences;
  for (size_t i = 0; i < b.reads.size(); ++i) {
    if (b.reads[i]) plan.weight_bytes += file.tensors()[i].bytes;
  }
  plan.kv_bytes = checked_mul(plan.pages, kv_bytes_per_page(b, r.kv)).value_or(kEndless);
  for (uint32_t floats : b.states) plan.state_bytes += uint64_t(floats) * 4 * plan.state_slots();
  plan.scratch_bytes = scratch_bytes(b, r);
  return plan;
}

}  // namespace

// The hint is the largest context that fits: what is left beside all that does not depend on it, in
// pages.
Result<Needs> count_needs(const gguf::File& file, const model::Blueprint& b, const LoadRequest& request) {
  const Needs plan = count(file, b, request);
  const uint64_t fixed = plan.weight_bytes + plan.state_bytes + plan.scratch_bytes;
  const uint64_t all = checked_add(fixed, plan.kv_bytes).value_or(kEndless);
  if (all <= request.free_bytes && all < kEndless) return plan;
  const uint64_t page = std::max<uint64_t>(1, kv_bytes_per_page(b, request.kv) * request.sequences);
  const uint64_t room = request.free_bytes > fixed ? request.free_bytes - fixed : 0;
  const uint64_t most = room / page * ops::kPageTokens;
  const uint64_t context = std::min<uint64_t>(most, b.context);  // more is no good to the model
  const auto mib = [](uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; };
  return fail(ErrorKind::no_memory, file.path(),
              "needs " + mib(all) + " of memory, " + mib(request.free_bytes) + " are free",
              context > 0 ? "a context of " + std::to_string(context) +
                                " fits: --set num_ctx=" + std::to_string(context)
                          : "a smaller file is needed");
}

}  // namespace straddle::plan
