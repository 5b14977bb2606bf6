// The table of formats: one row each. Whatever holds for all block formats (rows of blocks,
// dequantizing by their integers) is made here from the functions of one block.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <type_traits>

#include "base/checked.h"
#include "quant/families.h"

namespace straddle::quant {
namespace {

// A value is (d scale) q -+ (dmin min), each product rounded (all but the last step are exact).
template <UnpackBlock kUnpack, uint32_t kValues, uint32_t kBytes, Combine kCombine>
void dequantize_blocks(const uint8_t* blocks, float* values, size_t count) {
  Integers block;
  for (size_t at = 0; at < count; at += kValues, blocks += kBytes) {
    kUnpack(blocks, block);
    for (uint32_t group = 0; group < kValues / 16; ++group) {
      const float scale = block.d * float(block.scale[group]);
      const float min = block.dmin * float(block.min[group]);
      const float offset = kCombine == Combine::plus_offset ? min : -min;
      for (uint32_t i = 16 * group; i < 16 * group + 16; ++i) {
        const float product = scale * float(block.q[i]);
        values[at + i] = kCombine == Combine::scaled ? product : product + offset;
      }
    }
  }
}

// What the quantizers can work with: not a number counts as 0, and so do magnitudes below 2^-100;
// those above 2^100 as 2^100. (Half-precision scales reach from 2^-24 to 2^16.)
float tame(float value) {
  const float size = std::fabs(value);
  return size >= 0x1p-100f ? std::copysign(std::min(size, 0x1p100f), value) : 0;
}

template <EncodeBlock kEncode, uint32_t kValues, uint32_t kBytes>
void quantize_blocks(const float* values, const float* importance, uint8_t* blocks, size_t count) {
  float tamed[kValues];
  for (size_t at = 0; at < count; at += kValues, blocks += kBytes) {
    std::transform(values + at, values + at + kValues, tamed, tame);
    kEncode(tamed, importance ? importance + at : nullptr, blocks);
  }
}

using Dequantize = decltype(Traits::dequantize);
using Quantize = decltype(Traits::quantize);

template <auto kEncode, uint32_t kValues, uint32_t kBytes>
constexpr Quantize quantizer() {
  if constexpr (std::is_null_pointer_v<decltype(kEncode)>)
    return nullptr;
  else
    return quantize_blocks<kEncode, kValues, kBytes>;
}

// A row whose weights meet int8 activations.
template <UnpackBlock kUnpack, uint32_t kValues, uint32_t kBytes, Combine kCombine,
          auto kEncode = nullptr>
constexpr Traits blocks(Format format, std::string_view name) {
  return {.format = format,
          .name = name,
          .block_values = kValues,
          .block_bytes = kBytes,
          .activation = kValues == 32 ? ActivationFormat::int8_x32 : ActivationFormat::int8_x256,
          .combine = kCombine,
          .dequantize = dequantize_blocks<kUnpack, kValues, kBytes, kCombine>,
          .quantize = quantizer<kEncode, kValues, kBytes>(),
          .integers = kUnpack};
}

// A row whose weights are used as float32. Without dequantize: positions, counts and the like.
constexpr Traits floats(Format format, std::string_view name, uint32_t values, uint32_t bytes,
                        Dequantize dequantize = nullptr, Quantize quantize = nullptr) {
  return {format,          name,       values,   bytes,  ActivationFormat::float32,
          Combine::scaled, dequantize, quantize, nullptr};
}

constexpr auto scaled = Combine::scaled;
constexpr auto minus_min = Combine::minus_min;
constexpr auto plus_offset = Combine::plus_offset;

constexpr Traits kFormats[] = {
    floats(Format::F32, "F32", 1, 4, f32_dequantize, f32_quantize),
    floats(Format::F16, "F16", 1, 2, f16_dequantize, f16_quantize),
    floats(Format::BF16, "BF16", 1, 2, bf16_dequantize, bf16_quantize),
    blocks<q4_0_integers, 32, 18, scaled, q4_0_encode>(Format::Q4_0, "Q4_0"),
    blocks<q4_1_integers, 32, 20, plus_offset, q4_1_encode>(Format::Q4_1, "Q4_1"),
    blocks<q5_0_integers, 32, 22, scaled, q5_0_encode>(Format::Q5_0, "Q5_0"),
    blocks<q5_1_integers, 32, 24, plus_offset, q5_1_encode>(Format::Q5_1, "Q5_1"),
    blocks<q8_0_integers, 32, 34, scaled, q8_0_encode>(Format::Q8_0, "Q8_0"),
    blocks<q2_k_integers, 256, 84, minus_min, q2_k_encode>(Format::Q2_K, "Q2_K"),
    blocks<q3_k_integers, 256, 110, scaled, q3_k_encode>(Format::Q3_K, "Q3_K"),
    blocks<q4_k_integers, 256, 144, minus_min, q4_k_encode>(Format::Q4_K, "Q4_K"),
    blocks<q5_k_integers, 256, 176, minus_min, q5_k_encode>(Format::Q5_K, "Q5_K"),
    blocks<q6_k_integers, 256, 210, scaled, q6_k_encode>(Format::Q6_K, "Q6_K"),
    blocks<iq1_s_integers, 256, 50, scaled>(Format::IQ1_S, "IQ1_S"),
    blocks<iq1_m_integers, 256, 56, scaled>(Format::IQ1_M, "IQ1_M"),
    blocks<iq2_xxs_integers, 256, 66, scaled>(Format::IQ2_XXS, "IQ2_XXS"),
    blocks<iq2_xs_integers, 256, 74, scaled>(Format::IQ2_XS, "IQ2_XS"),
    blocks<iq2_s_integers, 256, 82, scaled>(Format::IQ2_S, "IQ2_S"),
    blocks<iq3_xxs_integers, 256, 98, scaled>(Format::IQ3_XXS, "IQ3_XXS"),
    blocks<iq3_s_integers, 256, 110, scaled>(Format::IQ3_S, "IQ3_S"),
    blocks<iq4_nl_integers, 32, 18, scaled, iq4_nl_encode>(Format::IQ4_NL, "IQ4_NL"),
    blocks<iq4_xs_integers, 256, 136, scaled, iq4_xs_encode>(Format::IQ4_XS, "IQ4_XS"),
    blocks<tq1_0_integers, 256, 54, scaled>(Format::TQ1_0, "TQ1_0"),
    blocks<tq2_0_integers, 256, 66, scaled>(Format::TQ2_0, "TQ2_0"),
    blocks<mxfp4_integers, 32, 17, scaled, mxfp4_encode>(Format::MXFP4, "MXFP4"),
    floats(Format::NVFP4, "NVFP4", 64, 36, nvfp4_dequantize),
    floats(Format::Q1_0, "Q1_0", 128, 18, q1_0_dequantize),
    floats(Format::Q2_0, "Q2_0", 64, 18, q2_0_dequantize),
    floats(Format::I8, "I8", 1, 1),
    floats(Format::I16, "I16", 1, 2),
    floats(Format::I32, "I32", 1, 4),
    floats(Format::I64, "I64", 1, 8),
    floats(Format::F64, "F64", 1, 8),
};

constexpr uint32_t kEnd = 43;     // first number without a meaning
constexpr uint8_t kAbsent = 255;  // a number without a row

// Type number -> row.
constexpr auto kRows = [] {
  std::array<uint8_t, kEnd> rows{};
  rows.fill(kAbsent);
  for (size_t i = 0; i < std::size(kFormats); ++i) rows[size_t(kFormats[i].format)] = uint8_t(i);
  return rows;
}();

struct Refused {
  uint32_t type;
  const char* name;
  const char* why;
};

constexpr Refused kRefused[] = {
    {4, "Q4_2", "was removed in 2023: convert again"},
    {5, "Q4_3", "was removed in 2023: convert again"},
    {9, "Q8_1", "is an activation format, not one of weights"},
    {15, "Q8_K", "is an activation format, not one of weights"},
    {31, "Q4_0_4_4", "was removed: use Q4_0"},
    {32, "Q4_0_4_8", "was removed: use Q4_0"},
    {33, "Q4_0_8_8", "was removed: use Q4_0"},
    {36, "IQ4_NL_4_4", "was removed: use IQ4_NL"},
    {37, "IQ4_NL_4_8", "was removed: use IQ4_NL"},
    {38, "IQ4_NL_8_8", "was removed: use IQ4_NL"},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

const Traits& traits(Format format) { return kFormats[kRows[size_t(format)]]; }

std::span<const Traits> all_formats() { return kFormats; }

std::optional<Format> format_by_name(std::string_view name) {
  for (const Traits& row : kFormats) {
    if (same_name(row.name, name)) return row.format;
  }
  return std::nullopt;
}

Result<Format> format_of_type(uint32_t ggml_type) {
  if (ggml_type < kEnd && kRows[ggml_type] != kAbsent) return Format(ggml_type);
  const std::string number = std::to_string(ggml_type);
  for (const Refused& row : kRefused) {
    if (row.type != ggml_type) continue;
    return fail(ErrorKind::unsupported, "", "type " + number + " (" + row.name + ") " + row.why);
  }
  return fail(ErrorKind::unsupported, "", "unknown type " + number);
}

std::optional<uint64_t> row_bytes(Format format, uint64_t columns) {
  const Traits& row = traits(format);
  if (columns % row.block_values != 0) return std::nullopt;
  return checked_mul(columns / row.block_values, row.block_bytes);
}

}  // namespace straddle::quant
