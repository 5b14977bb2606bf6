// What quant says of packed weights, without looking at a device, is what the CPU does.
#include <gtest/gtest.h>

#include "device/cpu/kernels.h"
#include "device/cpu/packing.h"
#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

using namespace cpu;

TEST(CpuPacking, TheFormatsAreThoseOfTheLayout) {
  const Isas isas = usable_isas();
  for (const quant::Traits& t : quant::all_formats()) {
    EXPECT_EQ(packed_format(t.format) != nullptr, quant::packs(quant::Layout::cpu, t.format)) << t.name;
    for (size_t i = 0; i < isas.count; ++i) {
      if (!isas.tables[i]->packed) continue;
      EXPECT_EQ(isas.tables[i]->packed(t.format) != nullptr, quant::packs(quant::Layout::cpu, t.format));
    }
  }
}

TEST(CpuPacking, CodesAreTheIntegersOfTheFormat) {
  for (const quant::Traits& t : quant::all_formats()) {
    const PackedFormat* packed = packed_format(t.format);
    if (!packed) continue;
    const ValueTable values = values_of(*packed);
    const TestWeight w = random_weight(t.format, 64 * t.block_values, 1, 7);
    for (size_t at = 0; at < w.bytes.size(); at += t.block_bytes) {
      quant::Integers expected;
      uint8_t codes[quant::kMaxBlock];
      t.integers(&w.bytes[at], expected);
      file_codes(*packed, &w.bytes[at], t.block_values, codes);
      for (uint32_t c = 0; c < t.block_values; ++c) {
        const int q = packed->indexed ? values[codes[c]] : int8_t(codes[c] - packed->offset);
        ASSERT_EQ(q, expected.q[c]) << t.name << ", column " << c;
      }
    }
  }
}

// Whatever stood there before: every byte of a full group is written but for lines of d that only one of
// two units has, and none behind it.
TEST(CpuPacking, FillsTheBytesThatTheLayoutSays) {
  for (const quant::Traits& t : quant::all_formats()) {
    const PackedFormat* packed = packed_format(t.format);
    if (!packed) continue;
    for (uint64_t columns : {1, 2, 3, 7, 8}) {
      columns *= t.block_values;
      const TestWeight w = random_weight(t.format, columns, kGroup, 5);
      const uint8_t* rows[kGroup];
      for (uint32_t r = 0; r < kGroup; ++r) rows[r] = &w.bytes[r * (w.bytes.size() / kGroup)];
      const uint64_t bytes = *quant::layout_bytes(quant::Layout::cpu, t.format, columns, kGroup);
      uint64_t last[2];  // the last byte that is not what stood there
      for (const int canary : {0, 1}) {
        std::vector<uint8_t> out(bytes + 4096, canary ? 0xa5 : 0x5a);
        pack_group(*packed, rows, columns, out.data());
        last[canary] = out.size();
        while (out[last[canary] - 1] == (canary ? 0xa5 : 0x5a)) --last[canary];
      }
      const uint64_t end = std::max(last[0], last[1]);
      EXPECT_LE(end, bytes) << t.name << " " << columns;
      EXPECT_GT(end + 64, bytes) << t.name << " " << columns;
    }
  }
}

TEST(CpuPacking, GroupsAreFilledUp) {
  const auto bytes = [](uint64_t rows) {
    return quant::layout_bytes(quant::Layout::cpu, quant::Format::Q4_K, 512, rows);
  };
  EXPECT_EQ(bytes(16), 16u * 288);
  EXPECT_EQ(bytes(17), 2 * *bytes(16));
  EXPECT_EQ(bytes(~0ull), std::nullopt);
  EXPECT_EQ(quant::layout_bytes(quant::Layout::cpu, quant::Format::Q4_K, 500, 16), std::nullopt);
  EXPECT_EQ(quant::layout_bytes(quant::Layout::file, quant::Format::Q4_K, 512, 17), 17u * 288);
  EXPECT_EQ(quant::layout_bytes(quant::Layout::cpu, quant::Format::F32, 3, 5), 60u);
  for (const char* name : {"file", "cpu-generic", "cpu"})
    EXPECT_EQ(quant::layout_name(quant::layout_by_name(name).value()), name);
  EXPECT_EQ(quant::layout_by_name("gpu"), std::nullopt);
}

}  // namespace
}  // namespace straddle::device::testing
