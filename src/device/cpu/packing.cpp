#include "device/cpu/packing.h"

#include <algorithm>
#include <cstring>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using quant::Format;

// Formats by what packing.h says of a PackedFormat: codes, offset, places of the f16 fields, of the
// scales and their number, whether d is shared. Q3_K's and Q6_K's units are no multiple of 64 bytes with
// d in them, so two share a line of it: every line stays aligned.
constexpr PackedFormat kPackedFormats[] = {
    {Format::Q4_0, Codes::bits4, 8, {0, kNoField}, 0, 0, false},
    {Format::Q4_1, Codes::bits4, 0, {0, 2}, 0, 0, false},
    {Format::Q5_0, Codes::bits5, 16, {0, kNoField}, 0, 0, false},
    {Format::Q5_1, Codes::bits5, 0, {0, 2}, 0, 0, false},
    {Format::Q8_0, Codes::bits8, 0, {0, kNoField}, 0, 0, false},
    {Format::Q2_K, Codes::bits2, 0, {80, 82}, 0, 4, false},
    {Format::Q3_K, Codes::bits3, 4, {108, kNoField}, 96, 3, true},
    {Format::Q4_K, Codes::bits4, 0, {0, 2}, 4, 3, false},
    {Format::Q5_K, Codes::bits5, 0, {0, 2}, 4, 3, false},
    {Format::Q6_K, Codes::bits6, 32, {208, kNoField}, 192, 4, true},
    {Format::IQ4_NL, Codes::bits4, 0, {0, kNoField}, 0, 0, false, true},
    {Format::IQ4_XS, Codes::bits4, 0, {0, 2}, 4, 1, false, true},
    {Format::MXFP4, Codes::bits4, 0, {0, kNoField}, 0, 0, false, true, true},
};

constexpr uint64_t kUnit = 256, kLine = 64;

// Codes of 16 rows, [row][column], a byte each: all formats meet here between their own layout and ours.
using Group = uint8_t[kGroup][kUnit];

int bits_of(Codes codes) {
  constexpr int kBits[] = {2, 3, 4, 5, 6, 8};
  return kBits[size_t(codes)];
}

int fields(const PackedFormat& l) { return (l.halves[0] != kNoField) + (l.halves[1] != kNoField); }

// Columns whose fields stand together: of blocks of 32 as many as fill a line with their fields.
uint64_t unit_columns(const PackedFormat& l) {
  return quant::traits(l.format).block_values == 32 ? 64 / uint64_t(fields(l)) : kUnit;
}

// Codes of four columns as one dword: shifts and masks then work on four at a time. A shift moves bits
// of a byte into the one below, and the mask takes them away again.
uint32_t four(const uint8_t* codes) {
  uint32_t out;
  std::memcpy(&out, codes, sizeof out);
  return out;
}
constexpr uint32_t each(uint8_t byte) { return 0x01010101u * byte; }

// One line: row r's dword is f(codes of row r from column `first` on).
template <class F>
uint8_t* put_line(const Group& group, uint64_t first, uint8_t* out, F f) {
  for (uint32_t r = 0; r < kGroup; ++r) {
    const uint32_t dword = f(group[r] + first);
    std::memcpy(out + 4 * r, &dword, sizeof dword);
  }
  return out + kLine;
}

// Bit `bit` of columns 4t+i, t 0..7, at t.
uint8_t* put_bit_line(const Group& g, uint64_t first, int bit, uint8_t* out) {
  return put_line(g, first, out, [bit](const uint8_t* c) {
    uint32_t dword = 0;
    for (int t = 0; t < 8; ++t) dword |= (four(c + 4 * t) >> bit & each(1)) << t;
    return dword;
  });
}

// Bits shift, shift+1 of columns 4t+i, t 0..3, at 2t.
uint8_t* put_pair_line(const Group& g, uint64_t first, int shift, uint8_t* out) {
  return put_line(g, first, out, [shift](const uint8_t* c) {
    uint32_t dword = 0;
    for (int t = 0; t < 4; ++t) dword |= (four(c + 4 * t) >> shift & each(3)) << 2 * t;
    return dword;
  });
}

// Low nibbles of columns first+i and first+distance+i.
uint8_t* put_nibble_line(const Group& g, uint64_t first, int distance, uint8_t* out) {
  return put_line(g, first, out, [distance](const uint8_t* c) {
    return (four(c) & each(15)) | (four(c + distance) & each(15)) << 4;
  });
}

uint8_t* put_nibbles_32(const Group& g, uint64_t first, uint8_t* out) {
  for (uint64_t p = 0; p < 4; ++p) out = put_nibble_line(g, first + 4 * p, 16, out);
  return out;
}

uint8_t* put_six_bits_16(const Group& g, uint64_t first, uint8_t* out) {
  out = put_pair_line(g, first, 4, out);
  out = put_nibble_line(g, first, 4, out);
  return put_nibble_line(g, first + 8, 4, out);
}

uint8_t* put_codes_32(Codes codes, const Group& g, uint64_t first, uint8_t* out) {
  switch (codes) {
    case Codes::bits2:
      return put_pair_line(g, first + 16, 0, put_pair_line(g, first, 0, out));
    case Codes::bits3:
      out = put_bit_line(g, first, 2, out);
      return put_pair_line(g, first + 16, 0, put_pair_line(g, first, 0, out));
    case Codes::bits4:
      return put_nibbles_32(g, first, out);
    case Codes::bits5:
      return put_nibbles_32(g, first, put_bit_line(g, first, 4, out));
    case Codes::bits6:
      return put_six_bits_16(g, first + 16, put_six_bits_16(g, first, out));
    case Codes::bits8:
      break;
  }
  for (uint64_t p = 0; p < 8; ++p) {
    out = put_line(g, first + 4 * p, out, four);
  }
  return out;
}

// The 16-bit field at `place` of a block of each row.
uint8_t* put_halves(const PackedFormat& l, const uint8_t* const* blocks, uint8_t place, uint8_t* out) {
  for (uint32_t r = 0; r < kGroup; ++r) {
    if (!blocks[r]) continue;
    uint16_t bits;
    std::memcpy(&bits, blocks[r] + place, 2);
    if (l.brain) {
      quant::Integers integers;
      quant::traits(l.format).integers(blocks[r], integers);
      bits = quant::to_bf16(integers.d);
    }
    std::memcpy(out + 2 * r, &bits, 2);
  }
  return out + 2 * kGroup;
}

// Values of a block to their codes: q + offset (weights become unsigned, as the byte products want
// them), or where a value stands in the table. Counting down gives a value that stands twice its first
// index.
class CodeOf {
 public:
  explicit CodeOf(const PackedFormat& l) : indexed_(l.indexed), offset_(l.offset) {
    const ValueTable values = values_of(l);
    for (size_t c = 16; l.indexed && c-- > 0;) index_[uint8_t(values[c])] = uint8_t(c);
  }
  void operator()(const int8_t* q, uint32_t count, uint8_t* out) const {
    if (indexed_) {
      for (uint32_t c = 0; c < count; ++c) out[c] = index_[uint8_t(q[c])];
    } else {
      for (uint32_t c = 0; c < count; ++c) out[c] = uint8_t(q[c] + offset_);
    }
  }

 private:
  bool indexed_;
  int8_t offset_;
  uint8_t index_[256] = {};
};

uint8_t* put_scales(const PackedFormat& l, const uint8_t* const* blocks, uint8_t* out) {
  for (uint32_t k = 0; k < l.scale_dwords; ++k, out += kLine) {
    for (uint32_t r = 0; r < kGroup; ++r) {
      if (blocks[r]) std::memcpy(out + 4 * r, blocks[r] + l.scales + 4 * k, 4);
    }
  }
  return out;
}

// Block `block` of all rows, to codes from column `first` of the group on.
void unpack(const quant::Traits& t, const CodeOf& codes, const uint8_t* const* blocks, Group& group,
            uint64_t first) {
  quant::Integers integers;
  for (uint32_t r = 0; r < kGroup; ++r) {
    if (!blocks[r]) continue;
    t.integers(blocks[r], integers);
    codes(integers.q, t.block_values, group[r] + first);
  }
}

// Fields, scales, codes. Of a shared d nothing: its line stands in front of two units.
uint64_t unit_bytes(const PackedFormat& l, uint64_t columns) {
  const uint64_t blocks = columns / quant::traits(l.format).block_values;
  const uint64_t head = l.shared_d ? 0 : blocks * uint64_t(fields(l)) * 2 * kGroup;
  return head + l.scale_dwords * kLine + columns * kGroup * uint64_t(bits_of(l.codes)) / 8;
}

// Where unit u of the group starts: one behind the other, or in pairs behind their line of d.
uint64_t unit_offset(const PackedFormat& l, uint64_t u) {
  const uint64_t unit = unit_bytes(l, unit_columns(l));
  return l.shared_d ? u / 2 * (2 * unit + kLine) + kLine + u % 2 * unit : u * unit;
}

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

// Unit by unit: all blocks of all rows are unpacked to codes, then written line by line in the order in
// which a product reads them. In the order of use a product is one stream: with codes, high bits and d
// in planes of their own Q6_K was three times slower (8 against 30 GB/s on one thread).
void pack_group(const PackedFormat& l, const uint8_t* const* rows, uint64_t columns, uint8_t* out) {
  const quant::Traits& t = quant::traits(l.format);
  const uint64_t unit = unit_columns(l);
  const CodeOf codes(l);
  for (uint64_t u = 0; u * unit < columns; ++u) {
    const uint64_t count = std::min(unit, columns - u * unit), blocks = count / t.block_values;
    Group group = {};
    uint8_t* at = out + unit_offset(l, u);
    const uint8_t* now[kGroup];
    for (uint64_t b = 0; b < blocks; ++b) {
      for (uint32_t r = 0; r < kGroup; ++r) {
        now[r] = rows[r] ? rows[r] + (u * unit / t.block_values + b) * t.block_bytes : nullptr;
      }
      unpack(t, codes, now, group, b * t.block_values);
      if (l.shared_d) {
        put_halves(l, now, l.halves[0], out + unit_offset(l, u / 2 * 2) - kLine + u % 2 * 2 * kGroup);
        continue;
      }
      for (int f = 0; f < fields(l); ++f) at = put_halves(l, now, l.halves[f], at);
    }
    if (l.scale_dwords) at = put_scales(l, now, at);
    for (uint64_t c = 0; c < count; c += 32) at = put_codes_32(l.codes, group, c, at);
  }
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
