// The shapes of known models, as share/shapes.tsv lists them, and what a file of such a shape holds.
#pragma once
#include <optional>

#include "store/store.h"

namespace straddle::store {

struct Shape {
  std::string name, architecture;
  uint64_t layers = 0, embedding = 0, heads = 0, kv_heads = 0, key_length = 0, value_length = 0, ffn = 0,
           experts = 0, experts_used = 0, expert_ffn = 0, shared_expert_ffn = 0, vocabulary = 0,
           context = 0;
  double rope_base = 0, norm_eps = 0;
  bool tied = false;
  std::vector<std::string> parts;                         // groups of tensors
  std::vector<std::pair<std::string, std::string>> keys;  // further ones, without the architecture

  bool has(std::string_view part) const;
  uint64_t number(std::string_view key, uint64_t fallback = 0) const;  // of `keys`
  double rope_factor() const;                                          // of the part rope_freqs=N
};

Result<std::vector<Shape>> read_shapes(const std::string& path);

// A tensor before a recipe has chosen its format.
struct ShapeTensor {
  std::string name;
  quant::Format format;  // F32 where it stays so, MXFP4 where it was trained so, else F16
  std::vector<uint64_t> shape;
  std::optional<uint64_t> layer;
};

std::vector<ShapeTensor> tensors_of(const Shape& shape);

// Whether `part` of a shape makes a difference to its tensors.
bool is_group_of_tensors(std::string_view part);

// Keys of a file with the first `layers` layers, but for those of the format.
void add_shape_keys(const Shape& shape, uint64_t layers, gguf::Writer& writer);

// A vocabulary of that many tokens, at least 260, that encodes any text: a token for each byte, and
// words that no text is encoded to, so that what a model of random weights says can be read.
void add_vocabulary(uint64_t tokens, gguf::Writer& writer);

}  // namespace straddle::store
