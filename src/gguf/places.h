// Where tensors lie in their file: inside it, each alone.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"

namespace straddle::gguf {

inline constexpr uint64_t kMaxSigned = uint64_t(INT64_MAX);  // no file is longer

// Turns offsets that count from `start`, where the data begins, into bytes from the start of the
// file. `end`: bytes of the file; kMaxSigned where only the header is at hand.
Status place_tensors(std::vector<Tensor>& tensors, const std::string& file, uint64_t start,
                     uint64_t end);

}  // namespace straddle::gguf
