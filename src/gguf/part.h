// One file of a model as it stands on disk: checked by itself, before parts are joined.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gguf/gguf.h"

namespace straddle::gguf {

struct Part {
  uint32_t version = 0;
  std::vector<Entry> entries;   // keys unique
  std::vector<Tensor> tensors;  // names unique; no two share a byte; part = 0
};

// name: for messages. Views in the result lie in `bytes`.
Result<Part> read_part(std::span<const uint8_t> bytes, const std::string& name, bool header_only);

}  // namespace straddle::gguf
