// What ops work on: values in scratch, weights in buffers, caches and states. Plain data: places and
// shapes, no pointers; who owns the memory behind them is the device.
#pragma once
#include <cstdint>

#include "quant/quant.h"

namespace straddle::ops {

inline constexpr uint32_t kNone = ~0u;
inline constexpr uint32_t kPageTokens = 64;  // tokens of one KV page, weighed together by attention
inline constexpr uint32_t kSplitTokens = 4 * kPageTokens;  // keys of a split of attention (ops::Attend)

enum class Rows : uint8_t {
  all,     // every row of the Step
  wanted,  // the rows whose logits are wanted, in order (Step::wanted)
};

// Columns column .. column+width of a scratch matrix [rows][pitch]. `offset` counts floats per row:
// the matrix starts at float offset * (capacity of its Rows).
struct Value {
  uint32_t offset = 0, pitch = 0, column = 0, width = 0;
  Rows rows = Rows::all;
  Value columns(uint32_t first, uint32_t count) const {
    return {offset, pitch, column + first, count, rows};
  }
};

// A loaded weight, all of it: `matrices` matrices (experts, heads) of rows x columns, one behind the
// other. A vector is a matrix of one row. buffer == kNone: absent.
struct Weight {
  uint32_t buffer = kNone;  // as Device::load numbered it
  quant::Format format = quant::Format::F32;
  uint32_t columns = 0;
  uint32_t rows = 0;
  uint32_t matrices = 1;
  // Columns of a segment (numbers.md, rule 2) of the whole row that these columns were cut from. 0: they
  // are the whole row.
  uint32_t segment = 0;
  explicit operator bool() const { return buffer != kNone; }
};
inline uint64_t segment_columns(const Weight& w) {
  return w.segment > 0 ? w.segment : quant::segment_columns(w.columns);
}
inline uint64_t segments(const Weight& w) {
  return w.columns > 0 ? (w.columns - 1) / segment_columns(w) + 1 : 0;
}

enum class WeightUse : uint8_t {
  table,    // rows are looked up
  product,  // multiplied with a value
  floats,   // used as float32, one by one; its rows may be cut otherwise than those that were loaded
};

enum class KvType : uint8_t { f32, f16 };
constexpr uint64_t bytes_of(KvType type) { return type == KvType::f32 ? 4 : 2; }

// Keys and values of one attention layer, in a cache of the device: pages of kPageTokens tokens of
// kv_heads vectors. How a page is laid out inside is the device's business. Which page holds which
// tokens of a sequence says page table `table` of its view (SequenceView): layers of one window share
// one.
struct KvCache {
  uint32_t cache = kNone;  // as Device::make_cache numbered it
  uint32_t kv_heads = 0, key_size = 0, value_size = 0;
  KvType type = KvType::f16;
  uint32_t table = 0;
};

// What a recurrent layer remembers of each sequence: [slot][floats].
struct State {
  uint32_t state = kNone;  // as Device::make_state numbered it
  uint32_t floats = 0;
};

}  // namespace straddle::ops
