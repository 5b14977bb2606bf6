// The Step (rows that are computed together, plain data) and the Device (a table of functions that runs
// a Program on it).
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "ops/held.h"
#include "ops/ops.h"

namespace straddle::ops {

// REQUIRES of all spans in a Step and its views: alive until Device::run returns; no device keeps them.
struct SequenceView {
  std::span<const uint32_t> pages;  // page of tokens 64i .. 64i+63
  uint32_t state = 0;               // slot of recurrent states
  uint32_t length = 0;              // tokens after this Step
};

// Rows of one sequence are neighbours and in order of position.
struct Step {
  std::span<const int32_t> tokens;
  std::span<const uint32_t> positions;
  std::span<const uint32_t> sequences;  // index into views
  std::span<const SequenceView> views;
  std::span<const uint32_t> wanted;                // rows, ascending
  std::span<const std::span<const float>> angles;  // per table: [rows][rotated / 2][cos, sin]
  std::span<const float> row_factors;              // per row, or empty
};

// ---- a device

// What a weight is, for the device to choose its layout.
struct WeightSource {
  quant::Format format;
  uint64_t columns, rows;
  std::span<const uint8_t> bytes;  // as in the file; valid while the device lives
  std::string_view name = {};      // the file's, for errors; as long as the bytes
};

// Called when a device has packed a weight into memory of its own, so that the file's pages may go;
// on the thread that called record, before that returns. false: stop, `interrupted`.
using OnPacked = std::function<bool(std::span<const uint8_t> bytes)>;

// What a device has counted since it was made.
struct Counters {
  uint64_t clamped = 0;  // keys and values beyond float16, written as +-65504
};

// A device is this table over its own data. It may have threads of its own (the CPU has), but all calls
// come from one thread at a time, those of one Device after each other: alloc and load as often as
// needed, record once, then run. After record, nothing is allocated. Different devices know nothing of
// each other and may run at the same time.
struct DeviceTable {
  const char* name;
  Result<uint32_t> (*alloc)(void* self, uint64_t bytes);  // zeroed
  Result<uint32_t> (*load)(void* self, const WeightSource& source);
  Status (*record)(void* self, Program program,
                   const OnPacked& on_packed);  // one Program per device, for now
  // Done on return. An error that is no refusal of the Step itself leaves states half way.
  Status (*run)(void* self, const Step& step);
  std::span<const float> (*result)(
      void* self);  // Program::result of the last Step, [wanted][width]; until the next run
  void (*clear_state)(void* self, uint32_t slot);              // zeroes a slot of every recurrent state
  void (*copy_state)(void* self, uint32_t from, uint32_t to);  // one slot of every recurrent state
  Held (*held)(void* self);                                    // the loaded weights too, each once
  Counters (*counters)(void* self);
  void (*destroy)(void* self);
};

// Owns its `self`. Buffers and states are named by numbers that stay valid while it lives.
class Device {
 public:
  Device(const DeviceTable* table, void* self) : table_(table), self_(self) {}
  Device(Device&& other) noexcept : table_(other.table_), self_(other.self_) { other.self_ = nullptr; }
  Device& operator=(Device&&) = delete;
  ~Device() {
    if (self_) table_->destroy(self_);
  }
  const char* name() const { return table_->name; }
  Result<uint32_t> alloc(uint64_t bytes) { return table_->alloc(self_, bytes); }
  Result<uint32_t> load(const WeightSource& source) { return table_->load(self_, source); }
  Status record(Program program, const OnPacked& on_packed = {}) {
    return table_->record(self_, std::move(program), on_packed);
  }
  Status run(const Step& step) { return table_->run(self_, step); }
  std::span<const float> result() const { return table_->result(self_); }
  void clear_state(uint32_t slot) { table_->clear_state(self_, slot); }
  void copy_state(uint32_t from, uint32_t to) { table_->copy_state(self_, from, to); }
  Held held() const { return table_->held(self_); }
  Counters counters() const { return table_->counters(self_); }

 private:
  const DeviceTable* table_;
  void* self_;
};

}  // namespace straddle::ops
