// From a path to the files of a model: one, or all of a split set (gguf-split's: NAME-00001-of-0000N).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/header.h"

namespace straddle::gguf {

// PREFIX-00002-of-00003.gguf: numbers from 1.
struct SplitName {
  std::string prefix;
  uint32_t number = 0, count = 0;
};

std::optional<SplitName> parse_split_name(const std::string& path);
std::string split_name(const std::string& prefix, uint32_t number, uint32_t count);

// The files of a model as one: tensors know their file, keys are those of the first file and what
// later files add.
struct Joined {
  std::string path;              // of the first file
  std::vector<MappedFile> maps;  // one per file; own the bytes behind every view
  uint64_t file_bytes = 0;
  std::vector<std::span<const uint8_t>> bytes;  // one per file
  Header header;
};

// path: a file, or any file of a split set.
Result<Joined> open_files(const std::string& path, bool header_only);

}  // namespace straddle::gguf
