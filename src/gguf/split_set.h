// From a path to the files of a model: one, or all of a split set (gguf-split's: NAME-00001-of-0000N).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/header.h"

namespace straddle::gguf {

// The files of a model as one: tensors know their file, keys are those of the first file and what
// later files add.
struct Joined {
  std::vector<std::string> paths;  // one per file
  std::vector<MappedFile> maps;    // the same; own the bytes behind every view
  uint64_t file_bytes = 0;
  std::vector<std::span<const uint8_t>> bytes;  // one per file
  Header header;
};

// path: a file, or any file of a split set.
Result<Joined> open_files(const std::string& path, bool header_only);

}  // namespace straddle::gguf
