// From a path to the parts of a model: one file, or all files of a split set.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/part.h"

namespace straddle::gguf {

// PREFIX-00002-of-00003.gguf: numbers from 1.
struct SplitName {
  std::string prefix;
  uint32_t number = 0, count = 0;
};

std::optional<SplitName> parse_split_name(const std::string& path);
std::string split_name(const std::string& prefix, uint32_t number, uint32_t count);

// The parts of a model as one: tensors know their part, keys are those of the first part and what
// later parts add.
struct Joined {
  std::string path;              // of the first part
  std::vector<MappedFile> maps;  // one per part; own the bytes behind every view
  uint64_t file_bytes = 0;
  std::vector<std::span<const uint8_t>> bytes;  // one per part
  Part all;
};

// path: a file, or any part of a set.
Result<Joined> open_parts(const std::string& path, bool header_only);

}  // namespace straddle::gguf
