#include "testing/sparse_model.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "base/checked.h"

namespace straddle::testing {
namespace {

using Bytes = std::vector<uint8_t>;
constexpr uint64_t kAlignment = 32, kMost = uint64_t(1) << 62;

template <class T>
void append(Bytes& out, T number) {
  out.resize(out.size() + sizeof number);
  std::memcpy(&out[out.size() - sizeof number], &number, sizeof number);
}

void append_text(Bytes& out, std::string_view text) {
  append(out, uint64_t(text.size()));
  out.insert(out.end(), text.begin(), text.end());
}

template <class T>
Bytes bytes_of(T number) {
  Bytes out;
  append(out, number);
  return out;
}

Bytes scalar(const gguf::MetadataValue& v) {
  using enum gguf::ValueType;
  const auto integer = [&](auto size) {
    const auto* u = std::get_if<uint64_t>(&v.data);
    return bytes_of(decltype(size)(u ? *u : uint64_t(std::get<int64_t>(v.data))));
  };
  switch (v.type) {
    case u8:
    case i8:
      return integer(uint8_t{});
    case u16:
    case i16:
      return integer(uint16_t{});
    case u32:
    case i32:
      return integer(uint32_t{});
    case u64:
    case i64:
      return integer(uint64_t{});
    case f32:
      return bytes_of(float(std::get<double>(v.data)));
    case f64:
      return bytes_of(std::get<double>(v.data));
    default:
      return bytes_of(uint8_t(std::get<bool>(v.data)));
  }
}

Bytes value_bytes(const gguf::MetadataValue& v) {
  Bytes out;
  if (const auto* text = std::get_if<std::string_view>(&v.data)) {
    append_text(out, *text);
  } else if (const auto* array = std::get_if<gguf::Array>(&v.data)) {
    append(out, uint32_t(array->element));
    append(out, array->count);
    out.insert(out.end(), array->bytes.begin(), array->bytes.end());
  } else {
    out = scalar(v);
  }
  return out;
}

uint64_t size_of(const SparseModel::Tensor& t) {
  auto bytes = t.shape.empty() ? std::nullopt : quant::row_bytes(t.format, t.shape[0]);
  for (size_t i = 1; bytes && i < t.shape.size(); ++i) bytes = checked_mul(*bytes, t.shape[i]);
  return std::min(bytes.value_or(kMost), kMost);
}

uint64_t padded(uint64_t bytes) { return checked_round_up(bytes, kAlignment).value_or(kMost); }

// Unmaps what it lets go.
struct Mapping {
  void* memory;
  size_t size;
  std::span<const uint8_t> view;
  Mapping(void* m, size_t n) : memory(m), size(n), view(static_cast<const uint8_t*>(m), n) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { munmap(memory, size); }
};

}  // namespace

SparseModel::SparseModel(const gguf::File& file) {
  for (const auto& e : file.entries())
    keys.push_back({std::string(e.key), e.value.type, value_bytes(e.value)});
  for (const auto& t : file.tensors()) {
    const auto data = file.data(t);
    tensors.push_back(
        {std::string(t.name), t.format, {t.shape, t.shape + t.n_dims}, {data.begin(), data.end()}});
  }
}

void SparseModel::put(std::string_view key, gguf::ValueType type, Bytes value) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == key; });
  Key made{std::string(key), type, std::move(value)};
  if (found == keys.end()) {
    keys.push_back(std::move(made));
  } else {
    *found = std::move(made);
  }
}

void SparseModel::set(std::string_view key, uint32_t value) {
  put(key, gguf::ValueType::u32, bytes_of(value));
}
void SparseModel::set(std::string_view key, float value) {
  put(key, gguf::ValueType::f32, bytes_of(value));
}
void SparseModel::set(std::string_view key, bool value) {
  put(key, gguf::ValueType::boolean, bytes_of(uint8_t(value)));
}
void SparseModel::set(std::string_view key, std::string_view value) {
  Bytes text;
  append_text(text, value);
  put(key, gguf::ValueType::string, std::move(text));
}
void SparseModel::set(std::string_view key, std::span<const uint32_t> values) {
  Bytes list = bytes_of(uint32_t(gguf::ValueType::u32));
  append(list, uint64_t(values.size()));
  for (uint32_t v : values) append(list, v);
  put(key, gguf::ValueType::array, std::move(list));
}

SparseModel::Tensor* SparseModel::find(std::string_view name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const Tensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

uint64_t SparseModel::data_bytes() const {
  uint64_t sum = 0;
  for (const Tensor& t : tensors) sum = std::min(kMost, sum + padded(size_of(t)));
  return sum;
}

Bytes SparseModel::header() const {
  Bytes out{'G', 'G', 'U', 'F'};
  append(out, uint32_t(3));
  append(out, uint64_t(tensors.size()));
  append(out, uint64_t(keys.size()));
  for (const Key& k : keys) {
    append_text(out, k.name);
    append(out, uint32_t(k.type));
    out.insert(out.end(), k.value.begin(), k.value.end());
  }
  uint64_t offset = 0;
  for (const Tensor& t : tensors) {
    append_text(out, t.name);
    append(out, uint32_t(t.shape.size()));
    for (uint64_t n : t.shape) append(out, n);
    append(out, uint32_t(t.format));
    append(out, offset);
    offset += padded(size_of(t));
  }
  out.resize(padded(out.size()));
  return out;
}

std::shared_ptr<std::span<const uint8_t>> SparseModel::bytes() const {
  const Bytes head = header();
  const uint64_t size = head.size() + data_bytes();
  void* memory = size < kMost ? mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                              : MAP_FAILED;
  if (memory == MAP_FAILED) return std::make_shared<std::span<const uint8_t>>();
  auto mapping = std::make_shared<Mapping>(memory, size);
  auto* at = std::copy(head.begin(), head.end(), static_cast<uint8_t*>(memory));
  for (const Tensor& t : tensors) {
    std::copy_n(t.data.begin(), std::min<uint64_t>(t.data.size(), size_of(t)), at);
    at += padded(size_of(t));
  }
  return {mapping, &mapping->view};
}

}  // namespace straddle::testing
