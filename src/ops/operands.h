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

// Rows first_row .. first_row+rows of a matrix [..][columns] in a device buffer, in `format`; or
// `matrices` of them (experts, heads), matrix i starting at row first_row + i * matrix_rows.
// A vector is a matrix of one row. buffer == kNone: absent.
struct Weight {
  uint32_t buffer = kNone;
  quant::Format format = quant::Format::F32;
  uint32_t columns = 0;
  uint32_t rows = 0;
  uint64_t first_row = 0;
  uint64_t matrix_rows = 0;
  uint32_t matrices = 1;
  explicit operator bool() const { return buffer != kNone; }
};

enum class WeightUse : uint8_t {
  table,    // rows are looked up
  product,  // multiplied with a value
  floats,   // used as float32, one by one; may span rows of its tensor
};

enum class KvType : uint8_t { f32, f16 };
constexpr uint64_t bytes_of(KvType type) { return type == KvType::f32 ? 4 : 2; }

// Keys and values of one attention layer: a key buffer and a value buffer of pages, each kPageTokens
// tokens of kv_heads vectors. How a page is laid out inside is the device's business. A sequence's page
// table is the same for all layers.
struct KvCache {
  uint32_t keys = kNone, values = kNone;  // buffers
  uint32_t kv_heads = 0, key_size = 0, value_size = 0;
  KvType type = KvType::f16;
};

// What a recurrent layer remembers of each sequence: buffer [slot][floats].
struct State {
  uint32_t buffer = kNone;
  uint32_t floats = 0;
};

}  // namespace straddle::ops
