// Bytes of matrices in the layouts of devices. How a packed group lies in memory: device/cpu/packing.h.
#include <algorithm>
#include <array>
#include <utility>

#include "base/checked.h"
#include "quant/quant.h"

namespace straddle::quant {
namespace {

constexpr std::array<std::pair<Layout, std::string_view>, 3> kNames = {
    {{Layout::file, "file"}, {Layout::cpu_generic, "cpu-generic"}, {Layout::cpu, "cpu"}}};

// A packed group is a permutation of its rows' bytes; MXFP4 alone has more of them: the scale of a block
// takes two bytes.
struct Packed {
  Format format;
  uint32_t block_bytes_more = 0;
};
constexpr Packed kPacked[] = {{Format::Q4_0},    {Format::Q4_1}, {Format::Q5_0},   {Format::Q5_1},
                              {Format::Q8_0},    {Format::Q2_K}, {Format::Q3_K},   {Format::Q4_K},
                              {Format::Q5_K},    {Format::Q6_K}, {Format::IQ4_NL}, {Format::IQ4_XS},
                              {Format::MXFP4, 1}};
constexpr uint64_t kLine = 64;  // groups begin at one

const Packed* packed(Format format) {
  const auto found = std::ranges::find(kPacked, format, &Packed::format);
  return found == std::end(kPacked) ? nullptr : found;
}

std::optional<uint64_t> group_bytes(const Packed& p, uint64_t columns) {
  const auto row = row_bytes(p.format, columns);
  if (!row) return std::nullopt;
  const uint64_t more = columns / traits(p.format).block_values * p.block_bytes_more;
  const auto lines = checked_mul(checked_add(*row, more).value_or(~0ull), kGroupRows);
  return lines ? checked_round_up(*lines, kLine) : std::nullopt;
}

}  // namespace

std::string_view layout_name(Layout layout) {
  return std::ranges::find(kNames, layout, &decltype(kNames)::value_type::first)->second;
}

std::optional<Layout> layout_by_name(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &decltype(kNames)::value_type::second);
  return found == kNames.end() ? std::nullopt : std::optional(found->first);
}

bool packs(Layout layout, Format format) { return layout == Layout::cpu && packed(format); }

std::optional<uint64_t> layout_bytes(Layout layout, Format format, uint64_t columns, uint64_t rows) {
  const bool groups = packs(layout, format);
  const auto each = groups ? group_bytes(*packed(format), columns) : row_bytes(format, columns);
  const uint64_t count = groups ? rows / kGroupRows + (rows % kGroupRows != 0) : rows;
  return each ? checked_mul(*each, count) : std::nullopt;
}

}  // namespace straddle::quant
