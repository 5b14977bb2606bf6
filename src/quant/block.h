// What the families of formats share: little-endian reads of a block's bytes, and the few ways in
// which most of them fill the integers of a block.
#pragma once
#include <algorithm>
#include <cstdint>

#include "quant/quant.h"

namespace straddle::quant {

inline uint16_t u16_at(const uint8_t* p) { return uint16_t(p[0] | p[1] << 8); }
inline uint32_t u32_at(const uint8_t* p) { return u16_at(p) | uint32_t(u16_at(p + 2)) << 16; }
inline float f16_at(const uint8_t* p) { return from_f16(u16_at(p)); }

inline void put_u16(uint8_t* p, uint16_t bits) {
  p[0] = uint8_t(bits);
  p[1] = uint8_t(bits >> 8);
}

// One scale for the whole block; min is 1 where it has an offset, else 0.
inline void fill_scales(Integers& out, uint32_t columns, int16_t scale = 1, int16_t min = 0) {
  std::fill_n(out.scale, columns / 16, scale);
  std::fill_n(out.min, columns / 16, min);
}

// The nibbles of 16 bytes: low ones are columns 0..15, high ones 16..31.
template <class Value>
void unpack_nibbles(const uint8_t* bytes, int8_t* q, Value value) {
  for (int i = 0; i < 16; ++i) {
    q[i] = int8_t(value(bytes[i] & 15));
    q[i + 16] = int8_t(value(bytes[i] >> 4));
  }
}

// The way back, for integers 0 .. 15 (higher bits are left out).
inline void pack_nibbles(const int8_t* q, uint8_t* bytes) {
  for (int i = 0; i < 16; ++i) bytes[i] = uint8_t((q[i] & 15) | (q[i + 16] & 15) << 4);
}

}  // namespace straddle::quant
