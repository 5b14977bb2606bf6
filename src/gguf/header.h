// What one file says of itself, keys and tensors: checked by itself, before a split set is joined.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gguf/gguf.h"

namespace straddle::gguf {

struct Header {
  uint32_t version = 0;
  std::vector<Entry> entries;   // keys unique
  std::vector<Tensor> tensors;  // names unique; no two share a byte; file = 0
};

// name: for messages. Views in the result lie in `bytes`.
Result<Header> read_header(std::span<const uint8_t> bytes, const std::string& name, bool header_only);

}  // namespace straddle::gguf
