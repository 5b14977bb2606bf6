// From a path to the parts of a model: one file, or all files of a split set.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/part.h"

namespace straddle::gguf {

// The parts of a model as one: tensors know their part, keys are those of the first part and what
// later parts add.
struct Joined {
  std::vector<std::string> paths;  // one per part
  std::vector<MappedFile> maps;    // the same; own the bytes behind every view
  uint64_t file_bytes = 0;
  std::vector<std::span<const uint8_t>> bytes;  // one per part
  Part all;
};

// path: a file, or any part of a set.
Result<Joined> open_parts(const std::string& path, bool header_only);

}  // namespace straddle::gguf
