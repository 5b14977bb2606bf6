// What `show` prints of a model file, as text and as JSON.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gguf/gguf.h"

namespace straddle::cli {

struct FormatShare {
  quant::Format format;
  uint64_t tensors = 0, elements = 0, bytes = 0;
};

// Tensors of one kind that no part of the model reads: they lie in the file, not in memory.
struct Unread {
  std::string_view what;   // "vision tower", "draft head" ...
  std::string_view first;  // the name of the first
  uint64_t tensors = 0, bytes = 0;
};

// What the file does not say, or says in a type that cannot be read, is absent.
struct Summary {
  std::optional<std::string_view> architecture;
  std::optional<uint64_t> context_length, embedding_length;
  std::optional<std::string_view> label;  // name of general.file_type
  std::vector<FormatShare> formats;       // most bytes first
  std::vector<Unread> unread;             // in file order; none where the model cannot be read at all
  uint64_t parameters = 0, bytes = 0;     // of all tensors; at most 2^64-1
  double bits_per_weight() const;         // 0 without tensors
};

Summary summarise(const gguf::File& file);

}  // namespace straddle::cli
