// The Step (rows that are computed together, plain data) and the Device (runs Programs on it).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/held.h"
#include "ops/ops.h"
#include "ops/ring.h"
#include "ops/timeline.h"

namespace straddle::ops {

// REQUIRES of all spans in a Step and its views: alive until Device::run returns; no device keeps them.
struct SequenceView {
  // By table (KvCache::table): page of tokens 64i .. 64i+63. Of layers with a window only what they
  // still see is right.
  std::span<const std::span<const uint32_t>> pages;
  uint32_t state = 0;   // slot of recurrent states
  uint32_t length = 0;  // tokens after this Step
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
  std::span<Ring* const> rings;                    // of Send and Receive
  Timeline* timeline = nullptr;                    // is told when ops begin; null: nobody asks
};

// ---- a device

// Rows of a tensor, or the same columns of each.
struct Piece {
  std::span<const uint8_t> bytes;  // from the first byte of its first row to the last of its last
  uint64_t rows = 0;
};

// A matrix to load: the rows of all pieces, one behind the other.
struct WeightSource {
  quant::Format format;
  uint64_t columns = 0, rows = 0;  // rows: of all pieces together
  std::span<const Piece> pieces;   // as in the file; only their bytes must stay while the device lives
  uint64_t row_stride = 0;         // bytes from row to row in a piece; 0: those of a row
  std::string_view name = {};      // the file's, for errors; as long as the bytes
};

// Called when a device has packed a piece of a weight into memory of its own, so that the file's pages
// may go; on the thread that called record, before that returns. false: stop, `interrupted`.
using OnPacked = std::function<bool(std::span<const uint8_t> bytes)>;

struct CacheShape {
  uint32_t pages = 0, kv_heads = 0, key_size = 0, value_size = 0;
  KvType type = KvType::f16;
};

struct StateShape {
  uint32_t slots = 0, floats = 0;
};

// What a device has counted since it was made.
struct Counters {
  uint64_t clamped = 0;  // keys and values beyond float16, written as +-65504
};

// Owns what it is given a number for: weights, caches, states and Programs, each kind numbered 0, 1, 2
// ... in the order of the calls, valid while it lives. Programs share all of these; each has a Step of
// its own size.
//
// It may have threads of its own (the CPU has), but all calls come from one thread at a time: load and
// make as often as needed, then record, then run. run blocks; several devices run at the same time on
// threads of whoever drives them, and know nothing of each other but the rings of the Step. After
// record, nothing is allocated.
class Device {
 public:
  virtual ~Device() = default;
  virtual const char* name() const = 0;  // lasts for ever
  virtual Result<uint32_t> load(const WeightSource& source) = 0;
  virtual Result<uint32_t> make_cache(const CacheShape& shape) = 0;  // zeroed
  virtual Result<uint32_t> make_state(const StateShape& shape) = 0;  // zeroed
  virtual Result<uint32_t> record(Program program, const OnPacked& on_packed = {}) = 0;
  // Done on return. An error that is no refusal of the Step itself leaves states half way.
  virtual Status run(uint32_t program, const Step& step) = 0;
  // Program::result of the last Step, [rows][width]; until the next run.
  virtual std::span<const float> result() const = 0;
  virtual void clear_state(uint32_t slot) = 0;              // zeroes a slot of every recurrent state
  virtual void copy_state(uint32_t from, uint32_t to) = 0;  // one slot of every recurrent state
  virtual Held held() const = 0;                            // the loaded weights too, each once
  virtual Counters counters() const = 0;
};
using OwnDevice = std::unique_ptr<Device>;

}  // namespace straddle::ops
