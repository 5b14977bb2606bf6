// How codes lie in the file: a few kinds for all formats (packing.h). Loops over bytes, which compilers
// make vectors of.
#include <cstring>

#include "device/cpu/packing.h"

namespace straddle::device::cpu {
namespace {

// Of `half` columns the low nibbles, of as many behind them the high ones; `step` bytes on, the next.
template <uint32_t half>
void low_nibbles(const uint8_t* from, size_t step, uint32_t columns, uint8_t* out) {
  for (uint32_t c = 0; c < columns; c += 2 * half, from += step, out += 2 * half) {
    for (uint32_t i = 0; i < half; ++i) {
      out[i] = from[i] & 15;
      out[half + i] = from[i] >> 4;
    }
  }
}

void bytes(const uint8_t* from, size_t step, uint32_t columns, uint8_t* out) {
  for (uint32_t c = 0; c < columns; c += 32, from += step) std::memcpy(out + c, from, 32);
}

// Eight bytes as one number: shifts and masks then work on eight columns at a time. A shift moves bits
// of a byte into its neighbour, and the mask takes them away again.
constexpr uint64_t each(uint64_t byte) { return 0x0101010101010101 * byte; }

uint64_t eight(const uint8_t* bytes) {
  uint64_t out;
  std::memcpy(&out, bytes, sizeof out);
  return out;
}

void add(uint64_t bits, int shift, uint8_t* out) {
  const uint64_t sum = eight(out) | bits << shift;
  std::memcpy(out, &sum, sizeof sum);
}

// Bits 2j, 2j+1 of byte l, at `shift` of column 32j+l; 128 columns, and so on.
void add_pairs(const uint8_t* from, uint32_t columns, int shift, uint8_t* out) {
  for (uint32_t c = 0; c < columns; c += 8, out += 8) {
    const uint32_t j = c / 32 % 4, byte = c / 128 * 32 + c % 32;
    add(eight(from + byte) >> 2 * j & each(3), shift, out);
  }
}

// Bit j of byte l, at `shift` of column 32j+l.
void add_bits(const uint8_t* from, uint32_t columns, int shift, uint8_t* out) {
  for (uint32_t c = 0; c < columns; c += 8, out += 8)
    add(eight(from + c % 32) >> c / 32 & each(1), shift, out);
}

// Bit i of a byte as byte i, 0 or 1.
uint64_t spread(uint8_t bits) {
  constexpr uint64_t kOwnBit = 0x8040201008040201;
  return ((each(bits) & kOwnBit) + each(0x7f)) >> 7 & each(1);
}

// Bit c of 32, at bit 4 of column c.
void add_words(const uint8_t* from, size_t step, uint32_t columns, uint8_t* out) {
  for (uint32_t first = 0; first < columns; first += 32, from += step) {
    for (int byte = 0; byte < 4; ++byte, out += 8) add(spread(from[byte]), 4, out);
  }
}

void low_bits(const PackedFormat& l, const uint8_t* blocks, uint32_t columns, uint8_t* out) {
  const uint8_t* from = blocks + l.low_place;
  const size_t block = quant::traits(l.format).block_bytes;
  switch (l.low) {
    case LowBits::nibbles16:
      return low_nibbles<16>(from, l.scales ? 16 : block, columns, out);
    case LowBits::nibbles32:
      return low_nibbles<32>(from, 32, columns, out);
    case LowBits::nibbles64:
      return low_nibbles<64>(from, 64, columns, out);
    case LowBits::pairs:
      std::memset(out, 0, columns);
      return add_pairs(from, columns, 0, out);
    case LowBits::bytes:
      return bytes(from, block, columns, out);
  }
}

// Behind the low ones: two of pairs, four of nibbles.
void high_bits(const PackedFormat& l, const uint8_t* blocks, uint32_t columns, uint8_t* out) {
  const uint8_t* from = blocks + l.high_place;
  switch (l.high) {
    case HighBits::none:
      return;
    case HighBits::bits:
      return add_bits(from, columns, l.low == LowBits::pairs ? 2 : 4, out);
    case HighBits::word:
      return add_words(from, quant::traits(l.format).block_bytes, columns, out);
    case HighBits::pairs:
      return add_pairs(from, columns, 4, out);
  }
}

}  // namespace

void file_codes(const PackedFormat& l, const uint8_t* blocks, uint32_t columns, uint8_t* codes) {
  low_bits(l, blocks, columns, codes);
  high_bits(l, blocks, columns, codes);
}

}  // namespace straddle::device::cpu
