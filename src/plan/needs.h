// Pure: what a model needs, byte by byte, before anything is allocated. No clock, no device, no file is
// read. Counted by the Programs that the devices will be given (model::forward), so that what is planned
// is what is loaded. Where parts should be: plan.h.
// Any thread; a Needs is plain data that refers to nothing.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"
#include "model/model.h"
#include "ops/ops.h"

namespace straddle::plan {

struct LoadRequest {
  uint32_t context = 0;    // tokens per sequence
  uint32_t sequences = 1;  // at the same time
  uint32_t max_rows = 256;
  uint32_t max_wanted = 1;
  ops::KvType kv = ops::KvType::f16;
  uint64_t free_bytes = ~uint64_t(0);  // memory that may be taken
  model::StepSize step_size() const { return {max_rows, max_wanted, kv}; }
};

// A device that would hold a part of it.
struct DeviceForm {
  quant::Layout layout = quant::Layout::file;
  // Bytes for a Program beside weights, caches and states; empty: those of its values.
  std::function<uint64_t(const ops::Program&)> measure = {};
};

struct DeviceNeeds {
  uint64_t weight_bytes = 0;   // of what is read, in the device's layout
  uint64_t mapped_bytes = 0;   // of these, what is read where the file is mapped
  uint64_t kv_bytes = 0;       // all pages
  uint64_t state_bytes = 0;    // recurrent states, all slots
  uint64_t scratch_bytes = 0;  // of one Step: values, and what the device needs to compute them
  uint64_t taken_bytes() const { return kv_bytes + state_bytes + scratch_bytes; }
  uint64_t own_bytes() const { return weight_bytes - mapped_bytes + taken_bytes(); }
};

struct Needs {
  LoadRequest request;
  std::vector<uint32_t> pages;       // of one sequence, by page table (model::windows)
  std::vector<DeviceNeeds> devices;  // home first; its scratch has the rings between all of them
  DeviceNeeds all;                   // of all devices
  uint32_t state_slots() const { return 2 * request.sequences; }  // each with a kept copy
};

// What the Programs that model::forward wrote for request.step_size() need, each on its device.
// no_memory where the request does not fit in free_bytes.
Result<Needs> count_needs(const gguf::File& file, const model::Blueprint& blueprint,
                          const LoadRequest& request, std::span<const model::DeviceProgram> programs,
                          std::span<const DeviceForm> devices);

// Floats of a slot of each ring between devices, [from][to]: its widest value, all rows. 0: nothing
// crosses there.
std::vector<uint64_t> ring_floats(std::span<const model::DeviceProgram> programs);
// Of the slots of all rings.
uint64_t ring_bytes(std::span<const model::DeviceProgram> programs);

// Pages of a sequence in a layer that sees `window` tokens back (0: all), never more than the context
// takes: ceil(window / 64) + 1 for what is seen from the kept place, and ceil((window + max_rows) / 64)
// + 1 for what a Step writes and sees, from any place in a page on (engine/page_table.h).
uint32_t pages_of(const LoadRequest& request, uint32_t window);

}  // namespace straddle::plan
