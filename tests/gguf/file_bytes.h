// A GGUF file put together byte by byte: also what the Writer would never write.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "gguf/gguf.h"

namespace straddle::gguf::testing {

class FileBytes {
 public:
  explicit FileBytes(uint32_t version = 3) : version_(version) {}

  template <class T>
  FileBytes& key(std::string_view name, ValueType type, T value) {
    return raw_key(name, type, [&](auto& out) { put(out, value); });
  }
  FileBytes& key(std::string_view name, std::string_view value) {
    return raw_key(name, ValueType::string, [&](auto& out) { put_text(out, value); });
  }
  template <class T>
  FileBytes& array(std::string_view name, ValueType element, std::initializer_list<T> values) {
    return raw_key(name, ValueType::array, [&](auto& out) {
      put(out, uint32_t(element));
      put(out, uint64_t(values.size()));
      for (const T& value : values) put(out, value);
    });
  }
  FileBytes& tensor(std::string_view name, std::initializer_list<uint64_t> dims, quant::Format format,
                    uint64_t offset) {
    ++n_tensors_;
    put_text(tensors_, name);
    put(tensors_, uint32_t(dims.size()));
    for (uint64_t dim : dims) put(tensors_, dim);
    put(tensors_, uint32_t(format));
    put(tensors_, offset);
    return *this;
  }

  // The header, padded with 0xEE, and `data` behind it; unpadded where there is none.
  std::vector<uint8_t> bytes(const std::vector<uint8_t>& data = {}, size_t alignment = 32) const {
    std::vector<uint8_t> out;
    for (char c : std::string_view("GGUF")) out.push_back(uint8_t(c));
    put(out, version_);
    put(out, n_tensors_);
    put(out, n_keys_);
    for (const auto* section : {&keys_, &tensors_})
      out.insert(out.end(), section->begin(), section->end());
    while (!data.empty() && out.size() % alignment) out.push_back(0xEE);
    out.insert(out.end(), data.begin(), data.end());
    return out;
  }

 private:
  template <class T>
  static void put(std::vector<uint8_t>& out, T value) {
    const auto* first = reinterpret_cast<const uint8_t*>(&value);
    for (size_t i = 0; i < sizeof(value); ++i) out.push_back(first[i]);
  }
  static void put_text(std::vector<uint8_t>& out, std::string_view text) {
    put(out, uint64_t(text.size()));
    for (char c : text) out.push_back(uint8_t(c));
  }
  template <class Put>
  FileBytes& raw_key(std::string_view name, ValueType type, Put put_value) {
    ++n_keys_;
    put_text(keys_, name);
    put(keys_, uint32_t(type));
    put_value(keys_);
    return *this;
  }

  uint32_t version_;
  uint64_t n_keys_ = 0, n_tensors_ = 0;
  std::vector<uint8_t> keys_, tensors_;
};

}  // namespace straddle::gguf::testing
