// A model file in memory of which only the header is real: any key, any shape, up to terabytes. Data
// that nobody gave reads as zeros and takes no memory until it is read.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/gguf.h"

namespace straddle::testing {

struct SparseModel {
  struct Key {
    std::string name;
    gguf::ValueType type;
    std::vector<uint8_t> value;  // as in the file, behind its type
  };
  struct Tensor {
    std::string name;
    quant::Format format = quant::Format::F32;
    std::vector<uint64_t> shape;
    std::vector<uint8_t> data = {};  // the beginning of it
  };
  std::vector<Key> keys;
  std::vector<Tensor> tensors;

  SparseModel() = default;
  explicit SparseModel(const gguf::File& file);

  // Replaces the key or adds it.
  void set(std::string_view key, uint32_t value);
  void set(std::string_view key, float value);
  void set(std::string_view key, bool value);
  void set(std::string_view key, std::string_view value);
  void set(std::string_view key, const char* value) { set(key, std::string_view(value)); }
  void set(std::string_view key, std::span<const uint32_t> values);
  Tensor* find(std::string_view name);  // null if absent

  // The file's bytes; empty where they do not fit in the address space.
  std::shared_ptr<std::span<const uint8_t>> bytes() const;
  // Its data takes that much; more than 2^62 is that.
  uint64_t data_bytes() const;

 private:
  void put(std::string_view key, gguf::ValueType type, std::vector<uint8_t> value);
  std::vector<uint8_t> header() const;
};

}  // namespace straddle::testing
