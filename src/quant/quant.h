// Number formats of weights: what a block holds, its floats, its integers.
//
// A row of a matrix is a whole number of blocks, stored one after the other. One file per family
// of formats implements it; formats.cpp is the table. Layouts: docs/formats.md.
//
// All functions are pure and safe to call from several threads; nothing is kept of what is passed. The
// table never changes: references and views into it last for ever. Blocks need no alignment.
#pragma once
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

namespace straddle::quant {

// Values are the tensor type numbers of GGUF.
enum class Format : uint8_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  IQ2_XXS = 16,
  IQ2_XS = 17,
  IQ3_XXS = 18,
  IQ1_S = 19,
  IQ4_NL = 20,
  IQ3_S = 21,
  IQ2_S = 22,
  IQ4_XS = 23,
  I8 = 24,
  I16 = 25,
  I32 = 26,
  I64 = 27,
  F64 = 28,
  IQ1_M = 29,
  BF16 = 30,
  TQ1_0 = 34,
  TQ2_0 = 35,
  MXFP4 = 39,
  NVFP4 = 40,
  Q1_0 = 41,
  Q2_0 = 42,
};

// What the activations that meet a format are rounded to (docs/numbers.md, rule 1).
enum class ActivationFormat : uint8_t {
  float32,    // not at all: float weights, and formats that are dequantized first
  int8_x32,   // int8, one float32 scale per 32 columns
  int8_x256,  // int8, one float32 scale per 256 columns
};

// How one block's integer sums become a float (rule 2): with is = sum(scale * q * a) and
// ms = sum(min * a), both int32, and dx the activations' scale:
enum class Combine : uint8_t {
  scaled,       // dx * (d * float(is))
  minus_min,    // dx * (d * float(is) - dmin * float(ms))
  plus_offset,  // dx * (d * float(is) + dmin * float(ms)), min = 1 everywhere
};

inline constexpr int kMaxBlock = 256;

// A block as integers: value of column i = d * scale[i / 16] * q[i] -+ dmin * min[i / 16].
// Fractional scales are taken in their smallest unit (d absorbs it), so all but d, dmin is exact.
struct Integers {
  float d, dmin;
  int16_t scale[kMaxBlock / 16];  // one per 16 columns
  int16_t min[kMaxBlock / 16];    // 0 where the format has none
  int8_t q[kMaxBlock];
};

// One row per format. A null function: the format cannot do that.
struct Traits {
  Format format;
  std::string_view name;  // as in GGUF tools: "Q4_K"
  uint32_t block_values, block_bytes;
  ActivationFormat activation;
  Combine combine;
  // REQUIRES: count is a multiple of block_values. Bit-exact with the format's definition.
  void (*dequantize)(const uint8_t* blocks, float* values, size_t count);
  // importance: one weight per value, or null for equal importance. Any floats are survived: in a
  // block format NaN counts as 0, magnitudes beyond 2^100 as 2^100. Same bytes on every machine.
  void (*quantize)(const float* values, const float* importance, uint8_t* blocks, size_t count);
  void (*integers)(const uint8_t* block, Integers& out);  // null where activation is float32
};

const Traits& traits(Format format);
std::span<const Traits> all_formats();

std::optional<Format> format_by_name(std::string_view name);

// Why a tensor type number cannot be used, in words for the user: "removed in 2023: convert again",
// "use Q4_0", "activation format", "unknown type 77".
Result<Format> format_of_type(uint32_t ggml_type);

// Bytes of a row of `columns` values; nullopt if columns is no multiple of the block or it wraps.
std::optional<uint64_t> row_bytes(Format format, uint64_t columns);

// Half and brain floats, exact both ways (round to nearest even).
float from_f16(uint16_t bits);
uint16_t to_f16(float value);
// A finite value that `half`, its f16, cannot hold: infinity stands there instead.
inline bool beyond_f16(float value, uint16_t half) {
  return (half & 0x7fff) == 0x7c00 && std::isfinite(value);
}
float from_bf16(uint16_t bits);
uint16_t to_bf16(float value);

// The plain form of rule 1: count values (a multiple of the rule's block; the last block of 256 may
// be shorter) to int8 `q` and one scale per block `d`. Every device encoder gives these bytes.
void encode_activations(ActivationFormat rule, const float* values, size_t count, int8_t* q, float* d);

// Columns of one segment of a row of n columns (rule 2): 512 * ceil(n / 8192).
inline uint64_t segment_columns(uint64_t n) { return 512 * ((n + 8191) / 8192); }

// ---- how a device lays out the rows of a matrix that it multiplies with

enum class Layout : uint8_t {
  file,         // as in the file, mapped or copied
  cpu_generic,  // the same
  cpu,          // of formats that it packs kGroupRows rows side by side, the last group filled up
};
inline constexpr uint32_t kGroupRows = 16;

std::string_view layout_name(Layout layout);  // "file", "cpu-generic", "cpu"
std::optional<Layout> layout_by_name(std::string_view name);

// Not as in the file: in memory of the device's own (docs/cpu.md).
bool packs(Layout layout, Format format);
// nullopt as row_bytes, and where it wraps.
std::optional<uint64_t> layout_bytes(Layout layout, Format format, uint64_t columns, uint64_t rows);

}  // namespace straddle::quant
