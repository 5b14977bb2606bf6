#include "plan/needs.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "base/checked.h"
#include "base/size_text.h"
#include "ops/held.h"
#include "ops/visit_operands.h"

namespace straddle::plan {
namespace {

// More than any memory, where a count wraps.
constexpr uint64_t kEndless = std::numeric_limits<uint64_t>::max();

uint64_t add(uint64_t a, uint64_t b) { return checked_add(a, b).value_or(kEndless); }
uint64_t times(uint64_t a, uint64_t b) { return checked_mul(a, b).value_or(kEndless); }

uint64_t pages_to_hold(uint64_t tokens) { return (tokens + ops::kPageTokens - 1) / ops::kPageTokens; }

// ---- weights

using Uses = std::array<bool, 3>;  // by ops::WeightUse

// How the ops of a Program use each of its weights.
struct FindUses {
  std::vector<Uses>& uses;
  void operator()(const ops::WeightOperand& operand) const {
    uses.at(operand.weight.buffer)[size_t(operand.use)] = true;
  }
  template <class Other>
  void operator()(const Other&) const {}
};

std::vector<Uses> uses_of(const model::DeviceProgram& device) {
  std::vector<Uses> out(device.weights.size(), Uses{});
  for (const ops::Op& op : device.program.ops) ops::visit_operands(device.program, op, FindUses{out});
  return out;
}

// Whether its rows lie one behind the other in the file.
bool in_one_piece(const model::TensorRef& w) {
  return uint64_t(w.rows) * w.matrices == 1 || (model::in_one_run(w) && w.columns == w.all_columns);
}

// Used in two ways, a weight may be there twice; the file is read for a table, and where there is no
// copy.
ops::Held held(const model::TensorRef& weight, const Uses& uses, quant::Layout layout) {
  using ops::WeightUse;
  const uint64_t rows = times(weight.rows, weight.matrices);
  const bool scattered = layout != quant::Layout::file && !in_one_piece(weight);
  ops::Held out;
  for (const auto use : {WeightUse::table, WeightUse::product, WeightUse::floats}) {
    if (!uses[size_t(use)]) continue;
    auto one = ops::held(layout, use, weight.format, weight.columns, rows);
    if (!one) return {.own = kEndless};
    if (use == WeightUse::floats && scattered && one->own == 0)
      std::swap(one->own, one->mapped);  // copied
    out.own = add(out.own, one->own);
    out.mapped = std::max(out.mapped, one->mapped);
  }
  if (!uses[size_t(WeightUse::table)] && out.own > 0) out.mapped = 0;
  return out;
}

// A table is whole: some rows of an output that is the same tensor are not mapped twice.
bool is_in_a_table(const model::DeviceProgram& device, const std::vector<Uses>& uses, size_t weight) {
  for (size_t i = 0; i < uses.size(); ++i)
    if (i != weight && uses[i][size_t(ops::WeightUse::table)] &&
        device.weights[i].tensor == device.weights[weight].tensor)
      return true;
  return false;
}

void count_weights(const model::DeviceProgram& device, quant::Layout layout, DeviceNeeds& needs) {
  const std::vector<Uses> uses = uses_of(device);
  for (size_t i = 0; i < uses.size(); ++i) {
    ops::Held bytes = held(device.weights[i], uses[i], layout);
    if (bytes.mapped > 0 && is_in_a_table(device, uses, i)) bytes.mapped = 0;
    needs.weight_bytes = add(needs.weight_bytes, add(bytes.own, bytes.mapped));
    needs.mapped_bytes += bytes.mapped;
  }
}

// ---- the rest

uint64_t page_bytes(const ops::KvCache& c) {
  return times(times(c.kv_heads, uint64_t(c.key_size) + c.value_size),
               ops::kPageTokens * ops::bytes_of(c.type));
}

std::vector<uint32_t> table_pages(const model::Blueprint& b, const LoadRequest& r) {
  std::vector<uint32_t> out;
  for (const uint32_t window : model::windows(b)) out.push_back(pages_of(r, window));
  return out;
}

uint64_t kv_bytes(const ops::Program& program, const LoadRequest& r, std::span<const uint32_t> pages) {
  uint64_t sum = 0;
  for (const ops::KvCache& cache : program.caches)
    sum = add(sum, times(uint64_t(pages[cache.table]) * r.sequences, page_bytes(cache)));
  return sum;
}

DeviceNeeds count(const model::DeviceProgram& device, const Needs& needs, const DeviceForm& form) {
  DeviceNeeds out;
  count_weights(device, form.layout, out);
  out.kv_bytes = kv_bytes(device.program, needs.request, needs.pages);
  for (const ops::State& state : device.program.states)
    out.state_bytes = add(out.state_bytes, uint64_t(state.floats) * sizeof(float) * needs.state_slots());
  out.scratch_bytes = form.measure ? form.measure(device.program) : device.program.value_bytes();
  return out;
}

void add(DeviceNeeds& sum, const DeviceNeeds& one) {
  for (const auto bytes :
       {&DeviceNeeds::weight_bytes, &DeviceNeeds::mapped_bytes, &DeviceNeeds::kv_bytes,
        &DeviceNeeds::state_bytes, &DeviceNeeds::scratch_bytes})
    sum.*bytes = add(sum.*bytes, one.*bytes);
}

Needs count(const model::Blueprint& b, const LoadRequest& r,
            std::span<const model::DeviceProgram> programs, std::span<const DeviceForm> devices) {
  Needs needs{.request = r, .pages = table_pages(b, r), .devices = {}, .all = {}};
  for (size_t i = 0; i < programs.size(); ++i)
    needs.devices.push_back(count(programs[i], needs, devices[i]));
  uint64_t& home_scratch = needs.devices[0].scratch_bytes;
  home_scratch = add(home_scratch, ring_bytes(programs));
  for (const DeviceNeeds& device : needs.devices) add(needs.all, device);
  return needs;
}

}  // namespace

std::vector<uint64_t> ring_floats(std::span<const model::DeviceProgram> programs) {
  std::vector<uint64_t> out(programs.size() * programs.size(), 0);
  for (const model::DeviceProgram& of_device : programs) {
    const ops::Program& program = of_device.program;
    for (const ops::Op& op : program.ops) {
      const auto* send = std::get_if<ops::Send>(&op);
      if (!send) continue;
      const bool all = send->value.rows == ops::Rows::all;
      const uint64_t floats =
          uint64_t(send->value.width) * (all ? program.max_rows : program.max_wanted);
      out.at(send->ring) = std::max(out.at(send->ring), floats);
    }
  }
  return out;
}

uint64_t ring_bytes(std::span<const model::DeviceProgram> programs) {
  const std::vector<uint64_t> floats = ring_floats(programs);
  return 2 * sizeof(float) * std::accumulate(floats.begin(), floats.end(), uint64_t(0));
}

uint32_t pages_of(const LoadRequest& request, uint32_t window) {
  const uint64_t whole = pages_to_hold(request.context);
  if (window == 0) return uint32_t(whole);
  const uint64_t ring =
      pages_to_hold(window) + 1 + pages_to_hold(uint64_t(window) + request.max_rows) + 1;
  return uint32_t(std::min(whole, ring));
}

Result<Needs> count_needs(const gguf::File& file, const model::Blueprint& b, const LoadRequest& request,
                          std::span<const model::DeviceProgram> programs,
                          std::span<const DeviceForm> devices) {
  Needs needs = count(b, request, programs, devices);
  const uint64_t fixed =
      add(needs.all.weight_bytes, add(needs.all.state_bytes, needs.all.scratch_bytes));
  const uint64_t all = add(fixed, needs.all.kv_bytes);
  if (all <= request.free_bytes && all < kEndless) return needs;
  return fail(ErrorKind::no_memory, file.path(), memory_missing(all, request.free_bytes));
}

}  // namespace straddle::plan
