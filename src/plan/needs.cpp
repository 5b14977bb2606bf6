#include "plan/needs.h"

#include <algorithm>
#include <limits>

#include "base/checked.h"
#include "base/size_text.h"
#include "ops/held.h"

namespace straddle::plan {
namespace {

// More than any memory, where a count wraps.
constexpr uint64_t kEndless = std::numeric_limits<uint64_t>::max();

uint64_t add(uint64_t a, uint64_t b) { return checked_add(a, b).value_or(kEndless); }
uint64_t times(uint64_t a, uint64_t b) { return checked_mul(a, b).value_or(kEndless); }

uint64_t pages_to_hold(uint64_t tokens) { return (tokens + ops::kPageTokens - 1) / ops::kPageTokens; }

// The tensors of a part, each once: whole, ranges of one tensor are nothing apart.
std::vector<model::TensorUse> tensors_of(const model::Part& part) {
  std::vector<model::TensorUse> out = part.cuts[0].tensors;
  const auto by_tensor = [](const auto& a, const auto& b) { return a.tensor < b.tensor; };
  const auto same = [](const auto& a, const auto& b) { return a.tensor == b.tensor; };
  std::sort(out.begin(), out.end(), by_tensor);
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

// A tensor that two parts read where the file is mapped is there once.
void count_weights(Needs& needs, const gguf::File& file, const std::vector<model::Part>& parts,
                   quant::Layout layout) {
  std::vector<bool> mapped(file.tensors().size());
  for (const model::Part& part : parts) {
    for (const model::TensorUse& use : tensors_of(part)) {
      const gguf::Tensor& t = file.tensors()[use.tensor];
      const auto held = ops::held(layout, use.use, t.format, t.shape[0], t.elements() / t.shape[0]);
      const ops::Held bytes = held.value_or(ops::Held{.own = kEndless});
      const uint64_t there = mapped[use.tensor] ? 0 : bytes.mapped;
      mapped[use.tensor] = mapped[use.tensor] || there > 0;
      needs.weight_bytes = add(needs.weight_bytes, add(bytes.own, there));
      needs.mapped_bytes += there;
    }
  }
}

uint64_t page_bytes(const model::CacheShape& c, ops::KvType type) {
  return uint64_t(c.kv_heads) * (c.key_size + c.value_size) * ops::kPageTokens * ops::bytes_of(type);
}

uint64_t kv_bytes(const model::Blueprint& b, const std::vector<model::Part>& parts,
                  const LoadRequest& r) {
  const std::vector<uint32_t> windows = cache_windows(parts, b.caches.size());
  uint64_t sum = 0;
  for (size_t i = 0; i < b.caches.size(); ++i) {
    const uint64_t pages = uint64_t(pages_of(r, windows[i])) * r.sequences;
    sum = add(sum, times(pages, page_bytes(b.caches[i], r.kv)));
  }
  return sum;
}

// The Program is written for no device, with every tensor in buffer 0: what it needs is counted by the
// Program that forward will write.
ops::Program dry_program(const model::Blueprint& b, const LoadRequest& r) {
  const std::vector<uint32_t> ids(b.reads.size(), 0);
  model::DeviceBuffers dry{.buffers = ids, .max_rows = r.max_rows, .max_wanted = r.max_wanted};
  dry.states.resize(b.states.size());
  for (const auto& c : b.caches)
    dry.caches.push_back({ops::kNone, ops::kNone, c.kv_heads, c.key_size, c.value_size, r.kv});
  return model::forward(b, dry);
}

Needs count(const gguf::File& file, const model::Blueprint& b, const LoadRequest& r,
            const DeviceForm& device) {
  Needs needs{.request = r};
  const auto parts = model::parts(b);
  needs.pages = pages_of(r, 0) * r.sequences;
  count_weights(needs, file, parts, device.layout);
  needs.kv_bytes = kv_bytes(b, parts, r);
  for (uint32_t floats : b.states) needs.state_bytes += uint64_t(floats) * 4 * needs.state_slots();
  const ops::Program program = dry_program(b, r);
  needs.scratch_bytes = device.measure ? device.measure(program) : program.value_bytes();
  return needs;
}

}  // namespace

uint32_t pages_of(const LoadRequest& request, uint32_t window) {
  const uint64_t whole = pages_to_hold(request.context);
  if (window == 0 || request.windows == WindowPages::whole) return uint32_t(whole);
  const uint64_t ring =
      pages_to_hold(window) + 1 + pages_to_hold(uint64_t(window) + request.max_rows) + 1;
  return uint32_t(std::min(whole, ring));
}

std::vector<uint32_t> cache_windows(const std::vector<model::Part>& parts, size_t caches) {
  constexpr uint32_t kAll = ~0u;
  std::vector<uint32_t> out(caches, 0);
  for (const model::Part& part : parts) {
    if (part.cache >= caches) continue;
    out[part.cache] = std::max(out[part.cache], part.window == 0 ? kAll : part.window);
  }
  std::replace(out.begin(), out.end(), kAll, 0u);
  return out;
}

// The hint is the largest context that fits: what is left beside all that does not depend on it, in
// pages.
Result<Needs> count_needs(const gguf::File& file, const model::Blueprint& b, const LoadRequest& request,
                          const DeviceForm& device) {
  const Needs needs = count(file, b, request, device);
  const uint64_t fixed = add(needs.weight_bytes, needs.state_bytes + needs.scratch_bytes);
  const uint64_t all = add(fixed, needs.kv_bytes);
  if (all <= request.free_bytes && all < kEndless) return needs;
  LoadRequest one_page = request;
  one_page.context = ops::kPageTokens;
  const uint64_t page = std::max<uint64_t>(1, kv_bytes(b, model::parts(b), one_page));
  const uint64_t room = request.free_bytes > fixed ? request.free_bytes - fixed : 0;
  const uint64_t most = room / page * ops::kPageTokens;
  const uint64_t context = std::min<uint64_t>(most, b.context);  // more is no good to the model
  return fail(ErrorKind::no_memory, file.path(),
              "needs " + size_needed(all) + " of memory, " + size_free(request.free_bytes) + " are free",
              context > 0 ? "a context of " + std::to_string(context) +
                                " fits: --set num_ctx=" + std::to_string(context)
                          : "a smaller file is needed");
}

}  // namespace straddle::plan
