// Packed layouts: 16 weight rows side by side, a permutation of the file's bytes (docs/cpu.md).
//
// A line is 64 bytes; its dword r belongs to row r. Unit by unit, in the order of use: the f16 fields
// (16 per field, row r at +2r), the dwords of the file's scale bytes, then the codes. A unit is a
// block of 256, or as many blocks of 32 as fill a line with their fields: two, or one of two fields.
#pragma once
#include <array>

#include "quant/quant.h"

namespace straddle::device::cpu {

// How the codes of 32 columns lie, byte i of a dword, lines in order:
//   bits4: p 0..3: low nibble column 4p+i, high 16+4p+i
//   bits5: a line of fifth bits (bit t: column 4t+i), then bits4
//   bits8: p 0..7: column 4p+i
// and of 16 columns:
//   bits2: bits 2t, 2t+1: column 4t+i
//   bits6: a line of high bits (bits 2t, 2t+1: column 4t+i), then nibbles 4p+i / 4+4p+i of p 0, 2
// bits3: of 32 columns: a line of third bits (bit t: column 4t+i), then bits2 twice.
enum class Codes : uint8_t { bits2, bits3, bits4, bits5, bits6, bits8 };

// How the codes of a block lie in the file, column by column; where they have bits beyond these,
// `HighBits`.
//   nibbles16, 32, 64: of so many columns the low nibbles, of as many behind them the high ones
//   pairs: of 128 columns in 32 bytes, bits 2j, 2j+1 of byte l: column 32j+l
enum class LowBits : uint8_t { nibbles16, nibbles32, nibbles64, pairs, bytes };
//   bits: bit j of byte l: column 32j+l; word: bit c of 32: column c; pairs: as above
enum class HighBits : uint8_t { none, bits, word, pairs };

inline constexpr uint8_t kNoField = 0xff;

struct PackedFormat {
  quant::Format format;
  Codes codes;
  LowBits low;
  uint8_t low_place;
  HighBits high;
  uint8_t high_place;
  int8_t offset;      // code = q + offset
  uint8_t halves[2];  // places of f16 fields in the file's block
  uint8_t scales;     // place of the scale bytes
  uint8_t scale_dwords;
  bool shared_d;         // two units share a line of d in front of them (Q3_K, Q6_K)
  bool indexed = false;  // codes are indices of 16 values
  bool brain = false;    // the field is d as a brain float (MXFP4: exact, one byte more)
};

using ValueTable = std::array<int8_t, 16>;
// What indexed codes mean.
ValueTable values_of(const PackedFormat& layout);

// Null where a format has no packed layout.
const PackedFormat* packed_format(quant::Format format);

// Codes of the file, a byte each, of a block of 256 or of so many columns in blocks of 32.
void file_codes(const PackedFormat& layout, const uint8_t* blocks, uint32_t columns, uint8_t* codes);

// rows: 16 rows as in the file, null for a row that is not there. out: quant::layout_bytes of them in
// Layout::cpu, 64-aligned.
void pack_group(const PackedFormat& layout, const uint8_t* const* rows, uint64_t columns, uint8_t* out);

}  // namespace straddle::device::cpu
