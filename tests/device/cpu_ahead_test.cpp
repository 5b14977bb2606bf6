// How far ahead weights are asked for is chosen by time, so it may not change a bit.
#include <gtest/gtest.h>

#include <cstring>

#include "device/cpu/kernels.h"
#include "device/cpu/packing.h"
#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

using namespace cpu;

constexpr uint32_t kColumns = 768;

// One packed group of random weights with random activations.
struct Products {
  std::vector<EncodedUnit> units{3 * kColumns / 256};
  std::vector<uint8_t> packed;
  ValueTable table;

  Products(const Kernels& kernels, const PackedFormat& layout) : table(values_of(layout)) {
    const TestWeight w = random_weight(layout.format, kColumns, kGroup, 3);
    const uint64_t row_bytes = w.bytes.size() / kGroup;
    const uint8_t* rows[kGroup];
    for (uint32_t r = 0; r < kGroup; ++r) rows[r] = &w.bytes[r * row_bytes];
    packed.resize(*quant::layout_bytes(quant::Layout::cpu, layout.format, kColumns, kGroup) + 64);
    pack_group(layout, rows, kColumns, aligned());
    const auto x = random_floats(3 * kColumns, 4);
    for (uint32_t r = 0; r < 3; ++r) {
      kernels.encode(quant::traits(layout.format).activation, &x[r * kColumns], kColumns,
                     &units[r * (kColumns / 256)]);
    }
  }
  uint8_t* aligned() { return &packed[(64 - reinterpret_cast<uintptr_t>(packed.data()) % 64) % 64]; }

  std::vector<float> of(PackedProduct product, int rows, uint32_t ahead) {
    const EncodedUnit* in[3];
    for (uint32_t r = 0; r < 3; ++r) in[r] = &units[r * (kColumns / 256)];
    alignas(64) float out[3][kGroup] = {};
    product({aligned(), kColumns, 512, in, rows, out, table.data(), ahead});
    return {&out[0][0], &out[0][0] + rows * int(kGroup)};
  }
};

TEST(CpuAhead, ChangesNoResult) {
  const Isas isas = usable_isas();
  for (size_t i = 0; i < isas.count; ++i) {
    if (!isas.tables[i]->packed) continue;
    for (const quant::Traits& t : quant::all_formats()) {
      const PackedFormat* layout = packed_format(t.format);
      const PackedProduct product = layout ? isas.tables[i]->packed(t.format) : nullptr;
      if (!product) continue;
      Products products(*isas.tables[i], *layout);
      for (int rows : {1, 2, 3}) {
        EXPECT_EQ(products.of(product, rows, 0), products.of(product, rows, 8192))
            << isas.tables[i]->isa << " " << t.name << ", rows " << rows;
      }
    }
  }
}

}  // namespace
}  // namespace straddle::device::testing
