#include "device/cpu/packing.h"

#include <algorithm>
#include <cstring>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using quant::Format;

constexpr auto kNibbles16 = LowBits::nibbles16, kNibbles32 = LowBits::nibbles32,
               kNibbles64 = LowBits::nibbles64;
constexpr auto kPairs = LowBits::pairs, kBytes = LowBits::bytes;
constexpr auto kNone = HighBits::none, kBits = HighBits::bits, kWord = HighBits::word;

// Formats by what packing.h says of a PackedFormat: codes, how and where they lie in the file, offset,
// places of the f16 fields, of the scales and their number, whether d is shared. Q3_K's and Q6_K's units
// are no multiple of 64 bytes with d in them, so two share a line of it: every line stays aligned.
constexpr PackedFormat kPackedFormats[] = {
    {Format::Q4_0, Codes::bits4, kNibbles16, 2, kNone, 0, 8, {0, kNoField}, 0, 0, false},
    {Format::Q4_1, Codes::bits4, kNibbles16, 4, kNone, 0, 0, {0, 2}, 0, 0, false},
    {Format::Q5_0, Codes::bits5, kNibbles16, 6, kWord, 2, 16, {0, kNoField}, 0, 0, false},
    {Format::Q5_1, Codes::bits5, kNibbles16, 8, kWord, 4, 0, {0, 2}, 0, 0, false},
    {Format::Q8_0, Codes::bits8, kBytes, 2, kNone, 0, 0, {0, kNoField}, 0, 0, false},
    {Format::Q2_K, Codes::bits2, kPairs, 16, kNone, 0, 0, {80, 82}, 0, 4, false},
    {Format::Q3_K, Codes::bits3, kPairs, 32, kBits, 0, 4, {108, kNoField}, 96, 3, true},
    {Format::Q4_K, Codes::bits4, kNibbles32, 16, kNone, 0, 0, {0, 2}, 4, 3, false},
    {Format::Q5_K, Codes::bits5, kNibbles32, 48, kBits, 16, 0, {0, 2}, 4, 3, false},
    {Format::Q6_K, Codes::bits6, kNibbles64, 0, HighBits::pairs, 128, 32, {208, kNoField}, 192, 4, true},
    {Format::IQ4_NL, Codes::bits4, kNibbles16, 2, kNone, 0, 0, {0, kNoField}, 0, 0, false, true},
    {Format::IQ4_XS, Codes::bits4, kNibbles16, 8, kNone, 0, 0, {0, 2}, 4, 1, false, true},
    {Format::MXFP4, Codes::bits4, kNibbles16, 1, kNone, 0, 0, {0, kNoField}, 0, 0, false, true, true},
};

constexpr uint64_t kUnit = 256, kLine = 64;

uint32_t bits_of(Codes codes) {
  constexpr uint32_t kOf[] = {2, 3, 4, 5, 6, 8};
  return kOf[size_t(codes)];
}

// Codes of four columns as one dword: shifts and masks then work on four at a time. A shift moves bits
// of a byte into the one below, and the mask takes them away again.
uint32_t four(const uint8_t* codes) {
  uint32_t out;
  std::memcpy(&out, codes, sizeof out);
  return out;
}
constexpr uint32_t each(uint8_t byte) { return 0x01010101u * byte; }

// Bit `bit` of columns 4t+i, t 0..7, at t.
uint32_t bit_dword(const uint8_t* c, int bit) {
  uint32_t dword = 0;
  for (int t = 0; t < 8; ++t) dword |= (four(c + 4 * t) >> bit & each(1)) << t;
  return dword;
}

// Bits shift, shift+1 of columns 4t+i, t 0..3, at 2t.
uint32_t pair_dword(const uint8_t* c, int shift) {
  uint32_t dword = 0;
  for (int t = 0; t < 4; ++t) dword |= (four(c + 4 * t) >> shift & each(3)) << 2 * t;
  return dword;
}

// Low nibbles of columns i and distance+i.
uint32_t nibble_dword(const uint8_t* c, int distance) {
  return (four(c) & each(15)) | (four(c + distance) & each(15)) << 4;
}

uint32_t* put_pairs_32(const uint8_t* c, uint32_t* out) {
  *out++ = pair_dword(c, 0);
  *out++ = pair_dword(c + 16, 0);
  return out;
}

uint32_t* put_nibbles_32(const uint8_t* c, uint32_t* out) {
  for (uint64_t p = 0; p < 4; ++p) *out++ = nibble_dword(c + 4 * p, 16);
  return out;
}

uint32_t* put_six_bits_16(const uint8_t* c, uint32_t* out) {
  *out++ = pair_dword(c, 4);
  *out++ = nibble_dword(c, 4);
  *out++ = nibble_dword(c + 8, 4);
  return out;
}

// The dwords of a row's 32 columns, in the order of their lines.
uint32_t* put_codes_32(Codes codes, const uint8_t* c, uint32_t* out) {
  switch (codes) {
    case Codes::bits2:
      return put_pairs_32(c, out);
    case Codes::bits3:
      *out++ = bit_dword(c, 2);
      return put_pairs_32(c, out);
    case Codes::bits4:
      return put_nibbles_32(c, out);
    case Codes::bits5:
      *out++ = bit_dword(c, 4);
      return put_nibbles_32(c, out);
    case Codes::bits6:
      return put_six_bits_16(c + 16, put_six_bits_16(c, out));
    case Codes::bits8:
      break;
  }
  std::memcpy(out, c, 32);
  return out + 8;
}

// MXFP4's d of each exponent, as a brain float.
const std::array<uint16_t, 256>& brain_floats() {
  static const auto all = [] {
    const quant::Traits& t = quant::traits(Format::MXFP4);
    std::vector<uint8_t> block(t.block_bytes);
    std::array<uint16_t, 256> out;
    quant::Integers integers;
    for (size_t e = 0; e < out.size(); ++e) {
      block[0] = uint8_t(e);
      t.integers(block.data(), integers);
      out[e] = quant::to_bf16(integers.d);
    }
    return out;
  }();
  return all;
}

// Packs 16 rows unit by unit, in the order in which a product reads them: so a product is one stream.
// With codes, high bits and d in planes of their own Q6_K was three times slower (8 against 30 GB/s on
// one thread).
class GroupPacker {
 public:
  GroupPacker(const PackedFormat& layout, const uint8_t* const* rows, uint8_t* out)
      : l_(layout), t_(quant::traits(layout.format)), rows_(rows), out_(out) {
    if (l_.brain) brain_ = &brain_floats();
  }

  void pack(uint64_t columns) {
    for (uint64_t first = 0; first < columns; first += unit_)
      pack_unit(first, uint32_t(std::min<uint64_t>(unit_, columns - first)));
  }

 private:
  using Blocks = std::array<const uint8_t*, kGroup>;  // of each row; null: the row is not there

  void pack_unit(uint64_t first, uint32_t columns) {
    const uint64_t u = first / unit_, block = first / t_.block_values;
    const Blocks blocks = blocks_at(block);
    uint8_t* at = out_ + offset(u);
    if (l_.shared_d)
      put_halves(blocks, l_.halves[0], out_ + offset(u / 2 * 2) - kLine + u % 2 * kLine / 2);
    const uint64_t end = l_.shared_d ? block : block + columns / t_.block_values;
    for (uint64_t b = block; b < end; ++b) {
      const Blocks now = blocks_at(b);
      for (int f = 0; f < fields_; ++f) at = put_halves(now, l_.halves[f], at);
    }
    put_codes(blocks, columns, put_scales(blocks, at));
  }

  Blocks blocks_at(uint64_t b) const {
    Blocks out;
    for (uint32_t r = 0; r < kGroup; ++r) out[r] = rows_[r] ? rows_[r] + b * t_.block_bytes : nullptr;
    return out;
  }

  // Where a unit starts: one behind the other, or in pairs behind their line of d.
  uint64_t offset(uint64_t u) const {
    return l_.shared_d ? u / 2 * (2 * unit_bytes_ + kLine) + kLine + u % 2 * unit_bytes_
                       : u * unit_bytes_;
  }

  // The 16-bit field at `place` of a block of each row.
  uint8_t* put_halves(const Blocks& blocks, uint8_t place, uint8_t* out) const {
    for (uint32_t r = 0; r < kGroup; ++r) {
      if (!blocks[r]) continue;
      uint16_t half;
      std::memcpy(&half, blocks[r] + place, 2);
      if (brain_) half = (*brain_)[*blocks[r]];
      std::memcpy(out + 2 * r, &half, 2);
    }
    return out + 2 * kGroup;
  }

  uint8_t* put_scales(const Blocks& blocks, uint8_t* out) const {
    for (uint32_t k = 0; k < l_.scale_dwords; ++k, out += kLine) {
      for (uint32_t r = 0; r < kGroup; ++r) {
        if (blocks[r]) std::memcpy(out + 4 * r, blocks[r] + l_.scales + 4 * k, 4);
      }
    }
    return out;
  }

  // Unpacked row by row, brought into the order of lines, and written line by line.
  void put_codes(const Blocks& blocks, uint32_t columns, uint8_t* out) const {
    uint32_t dwords[kGroup][kUnit / 4];
    const uint32_t lines = columns * bits_ / 32;
    for (uint32_t r = 0; r < kGroup; ++r) {
      if (blocks[r])
        order_codes(blocks[r], columns, dwords[r]);
      else
        std::fill_n(dwords[r], lines, 0);
    }
    for (uint32_t line = 0; line < lines; ++line, out += kLine) {
      for (uint32_t r = 0; r < kGroup; ++r) std::memcpy(out + 4 * r, &dwords[r][line], 4);
    }
  }

  void order_codes(const uint8_t* blocks, uint32_t columns, uint32_t* out) const {
    if (l_.low == LowBits::nibbles16 && l_.codes == Codes::bits4)
      return copy_nibbles(blocks, columns, out);
    uint8_t codes[kUnit];
    file_codes(l_, blocks, columns, codes);
    for (uint32_t c = 0; c < columns; c += 32) out = put_codes_32(l_.codes, codes + c, out);
  }

  // They lie in the file as in a row's dwords.
  void copy_nibbles(const uint8_t* blocks, uint32_t columns, uint32_t* out) const {
    const uint32_t step = t_.block_values == 32 ? t_.block_bytes : 16;
    for (uint32_t c = 0; c < columns; c += 32, blocks += step, out += 4)
      std::memcpy(out, blocks + l_.low_place, 16);
  }

  const PackedFormat& l_;
  const quant::Traits& t_;
  const uint8_t* const* rows_;
  uint8_t* out_;
  const std::array<uint16_t, 256>* brain_ = nullptr;
  const int fields_ = (l_.halves[0] != kNoField) + (l_.halves[1] != kNoField);
  const uint32_t bits_ = bits_of(l_.codes);
  // Columns whose fields stand together: of blocks of 32 as many as fill a line with their fields.
  const uint32_t unit_ = t_.block_values == 32 ? 64 / uint32_t(fields_) : uint32_t(kUnit);
  // Fields, scales, codes. Of a shared d nothing: its line stands in front of two units.
  const uint64_t unit_bytes_ =
      (l_.shared_d ? 0 : unit_ / t_.block_values * uint32_t(fields_) * 2 * kGroup) +
      l_.scale_dwords * kLine + unit_ * kGroup * bits_ / 8;
};

}  // namespace

const PackedFormat* packed_format(Format format) {
  for (const PackedFormat& l : kPackedFormats) {
    if (l.format == format) return &l;
  }
  return nullptr;
}

// A block's nibbles are its last bytes: one with code c everywhere says what c means.
ValueTable values_of(const PackedFormat& l) {
  ValueTable out = {};
  if (!l.indexed) return out;
  const quant::Traits& t = quant::traits(l.format);
  std::vector<uint8_t> block(t.block_bytes);
  quant::Integers integers;
  for (size_t c = 0; c < out.size(); ++c) {
    std::fill(block.end() - t.block_values / 2, block.end(), uint8_t(c * 0x11));
    t.integers(block.data(), integers);
    out[c] = integers.q[0];
  }
  return out;
}

void pack_group(const PackedFormat& l, const uint8_t* const* rows, uint64_t columns, uint8_t* out) {
  GroupPacker(l, rows, out).pack(columns);
}

// All threads pack, each its share of the groups. Which one reads a group later is open: tasks go to
// whoever is free.
Status pack(Machine& machine, Matrix& m) {
  if (m.product || !machine.kernels->packed) return {};
  const PackedFormat* layout = packed_format(m.format->format);
  const PackedProduct product = machine.kernels->packed(m.format->format);
  if (!layout || !product) return {};
  const auto in_cpu_layout = [&](uint64_t rows) {
    return quant::layout_bytes(quant::Layout::cpu, m.format->format, m.columns, rows);
  };
  const auto total = in_cpu_layout(m.rows);
  if (!total) return fail(ErrorKind::no_memory, "weight", "it is too large to be packed");
  auto memory = TRY(Memory::make(*total));
  const uint64_t groups = (m.rows + kGroup - 1) / kGroup, bytes = *in_cpu_layout(kGroup);
  const auto threads = uint64_t(machine.team->threads());
  auto work = [&](int thread) {
    const auto t = uint64_t(thread);
    for (uint64_t g = groups * t / threads; g < groups * (t + 1) / threads; ++g) {
      const uint8_t* rows[kGroup];
      for (uint64_t r = 0; r < kGroup; ++r) {
        rows[r] = g * kGroup + r < m.rows ? m.row(g * kGroup + r) : nullptr;
      }
      pack_group(*layout, rows, m.columns, memory.data() + g * bytes);
    }
  };
  machine.team->run(work);
  m.packed = std::move(memory);
  m.group_bytes = bytes;
  m.product = product;
  m.table = values_of(*layout);
  return {};
}

}  // namespace straddle::device::cpu
