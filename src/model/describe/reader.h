// Keys and tensors of a file under an architecture's name, checked. The first error sticks: descriptions
// read on with harmless values and look once, at the end.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/describe/architectures.h"

namespace straddle::model {

class Reader {
 public:
  Reader(const gguf::File& file, const Architecture& architecture, bool header_only);

  const gguf::File& file;
  const Architecture& architecture;
  const bool header_only;

  const std::optional<Error>& error() const { return error_; }
  const std::vector<bool>& taken() const { return taken_; }  // tensors of the file so far
  void refuse(std::string where, std::string what);
  void refuse_key(std::string_view key, std::string what);
  // Of a tensor: `each` values in each of `times` slices make a wider value than a token may have.
  void refuse_width(std::string_view tensor, uint64_t each, uint64_t times);

  // Keys: ARCHITECTURE.key. Counts must lie in 0 .. limit.
  bool has_key(std::string_view key) const;
  uint32_t count(std::string_view key, uint64_t limit);
  uint32_t count(std::string_view key, uint64_t limit, uint32_t fallback);
  float number(std::string_view key);
  float number(std::string_view key, double fallback);
  bool flag(std::string_view key, bool fallback);
  std::string text(std::string_view key, std::string_view fallback);
  // One value for all layers, or one per layer.
  std::vector<uint32_t> per_layer(std::string_view key, uint32_t layers, uint32_t fallback,
                                  uint64_t limit);

  // Tensors: PREFIX + name, prefix "" or "blk.N.". Shapes are checked; a missing one is an error.
  void set_layer(uint32_t layer);
  void leave_layers() { prefix_.clear(); }
  bool has(std::string_view name) const;
  const gguf::Tensor* find(std::string_view name) const;
  TensorRef matrix(std::string_view name, uint64_t columns, uint64_t rows, uint64_t matrices = 1);
  TensorRef vector(std::string_view name, uint64_t size);
  TensorRef vector_if(std::string_view name, uint64_t size);                // absent where not stored
  TensorRef vectors(std::string_view name, uint64_t size, uint64_t count);  // one behind the other
  std::vector<float> values(std::string_view name, uint64_t size);
  // NAME.weight with NAME.bias and NAME.scale where stored. What comes in and out of it is at most
  // kWidestValue wide.
  Linear linear(std::string_view name, uint64_t columns, uint64_t rows, uint64_t matrices = 1);
  Linear linear_if(std::string_view name, uint64_t columns, uint64_t rows, uint64_t matrices = 1);
  // One matrix for each expert, of which a token meets `used`: in one tensor NAME_exps, or as files of
  // 2024 have them, NAME.0, NAME.1 ...
  Linear experts(std::string_view name, uint64_t columns, uint64_t rows, const Experts& part);
  NormWeights norm(std::string_view name, uint64_t size);     // none where the name is empty
  NormWeights norm_if(std::string_view name, uint64_t size);  // none where not stored
  // Over groups of `head` columns with weights for one head or for all of them, or over all `width`
  // columns.
  NormWeights head_norm_if(std::string_view name, uint64_t head, uint64_t width);
  uint64_t dimension(std::string_view name, uint32_t i) const;  // 0 where not stored

 private:
  std::string key(std::string_view name) const;
  template <class T>
  T take(Result<T> result);
  TensorRef reference(const gguf::Tensor& tensor);
  TensorRef separate_experts(const std::string& base, uint64_t columns, uint64_t rows, uint32_t count);
  Linear product(std::string_view name, uint64_t columns, uint64_t rows, uint64_t matrices,
                 uint64_t met);

  std::string prefix_;
  std::optional<Error> error_;
  std::vector<bool> taken_;
};

}  // namespace straddle::model
