// Memory of a device: what it keeps of weights. Pure; any thread.
#pragma once
#include "ops/operands.h"

namespace straddle::ops {

struct Held {
  uint64_t own = 0;     // bytes of memory of the device's own
  uint64_t mapped = 0;  // bytes of weights that it reads where the file is mapped
};

// Of a weight that ops use in that way, on a device of that layout. nullopt as quant::row_bytes, and
// where it wraps.
inline std::optional<Held> held(quant::Layout layout, WeightUse use, quant::Format format,
                                uint64_t columns, uint64_t rows) {
  const auto own = [](std::optional<uint64_t> bytes) {
    return bytes ? std::optional(Held{.own = *bytes}) : std::nullopt;
  };
  if (use == WeightUse::product && quant::packs(layout, format))
    return own(quant::layout_bytes(layout, format, columns, rows));
  const bool widens = layout != quant::Layout::file && format != quant::Format::F32;
  if (use == WeightUse::floats && widens)
    return own(quant::layout_bytes(layout, quant::Format::F32, columns, rows));
  const auto bytes = quant::layout_bytes(quant::Layout::file, format, columns, rows);
  return bytes ? std::optional(Held{.mapped = *bytes}) : std::nullopt;
}

}  // namespace straddle::ops
