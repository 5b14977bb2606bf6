// Version 3: head, keys, tensor infos, padding, data. What is written passes the reader's own rules
// first, so a file that we cannot read never comes to be.
#include <algorithm>
#include <array>

#include "base/atomic_file.h"
#include "base/checked.h"
#include "gguf/gguf.h"
#include "gguf/header.h"
#include "gguf/put.h"
#include "gguf/value.h"

namespace straddle::gguf {
namespace {

constexpr uint32_t kVersion = 3;
constexpr uint64_t kDefaultAlignment = 32;
constexpr std::string_view kSplitKeys[] = {"split.no", "split.count", "split.tensors.count"};

template <class T>
std::vector<uint8_t> typed(ValueType type, T value) {
  std::vector<uint8_t> out;
  put(out, uint32_t(type));
  put(out, value);
  return out;
}

std::vector<uint8_t> array_head(ValueType element, uint64_t count) {
  auto out = typed(ValueType::array, uint32_t(element));
  put(out, count);
  return out;
}

template <class T>
std::vector<uint8_t> typed_array(ValueType element, std::span<const T> values) {
  auto out = array_head(element, values.size());
  put_bytes(out, values.data(), values.size_bytes());
  return out;
}

// An alignment that breaks the rules counts as the default here: the reader refuses the header.
uint64_t alignment_of(std::span<const uint8_t> typed_value) {
  Cursor in(typed_value);
  uint32_t type = 0, alignment = 0;
  if (!in.read(type) || type != uint32_t(ValueType::u32) || !in.read(alignment) || alignment == 0)
    return kDefaultAlignment;
  return alignment;
}

Status put_padding(const std::function<Status(std::span<const uint8_t>)>& sink, uint64_t at,
                   uint64_t alignment) {
  static constexpr std::array<uint8_t, 4096> kZeros{};
  uint64_t left = (alignment - at % alignment) % alignment;
  while (left > 0) {
    const uint64_t now = std::min<uint64_t>(left, kZeros.size());
    TRY(sink({kZeros.data(), now}));
    left -= now;
  }
  return {};
}

}  // namespace

void Writer::add(std::string_view key, uint32_t value) {
  keys_.push_back({std::string(key), typed(ValueType::u32, value)});
}
void Writer::add(std::string_view key, float value) {
  keys_.push_back({std::string(key), typed(ValueType::f32, value)});
}
void Writer::add(std::string_view key, bool value) {
  keys_.push_back({std::string(key), typed(ValueType::boolean, uint8_t(value))});
}
void Writer::add(std::string_view key, std::string_view value) {
  keys_.push_back({std::string(key), encode({ValueType::string, value})});
}
void Writer::add(std::string_view key, const char* value) { add(key, std::string_view(value)); }

void Writer::add(std::string_view key, std::span<const std::string> values) {
  auto bytes = array_head(ValueType::string, values.size());
  for (const auto& value : values) put_text(bytes, value);
  keys_.push_back({std::string(key), std::move(bytes)});
}
void Writer::add(std::string_view key, std::span<const float> values) {
  keys_.push_back({std::string(key), typed_array(ValueType::f32, values)});
}
void Writer::add(std::string_view key, std::span<const int32_t> values) {
  keys_.push_back({std::string(key), typed_array(ValueType::i32, values)});
}

void Writer::add(const Entry& entry) {
  if (std::count(std::begin(kSplitKeys), std::end(kSplitKeys), entry.key)) return;
  keys_.push_back({std::string(entry.key), encode(entry.value)});
}

void Writer::add_tensor(std::string_view name, quant::Format format, std::span<const uint64_t> shape,
                        Produce produce) {
  add_tensor(name, format, shape, [produce = std::move(produce)](const Sink& sink) -> Status {
    auto data = TRY(produce());
    return sink(data);
  });
}

void Writer::add_tensor(std::string_view name, quant::Format format, std::span<const uint64_t> shape,
                        WritePieces write) {
  tensors_.push_back({std::string(name), format, {shape.begin(), shape.end()}, std::move(write)});
}

uint64_t Writer::alignment() const {
  for (const EncodedKey& key : keys_)
    if (key.name == "general.alignment") return alignment_of(key.typed_value);
  return kDefaultAlignment;
}

// Bytes of the tensor's data; nullopt where its shape and format do not go together.
std::optional<uint64_t> Writer::bytes_of(const Planned& tensor) {
  auto bytes = quant::row_bytes(tensor.format, tensor.shape.empty() ? 1 : tensor.shape[0]);
  for (size_t i = 1; bytes && i < tensor.shape.size(); ++i) bytes = checked_mul(*bytes, tensor.shape[i]);
  return bytes;
}

Result<std::vector<uint8_t>> Writer::header(const std::string& name) const {
  std::vector<uint8_t> out;
  put_bytes(out, "GGUF", 4);
  put(out, kVersion);
  put(out, uint64_t(tensors_.size()));
  put(out, uint64_t(keys_.size()));
  for (const EncodedKey& key : keys_) {
    put_text(out, key.name);
    put_bytes(out, key.typed_value.data(), key.typed_value.size());
  }
  uint64_t offset = 0;
  for (const Planned& tensor : tensors_) {
    put_text(out, tensor.name);
    put(out, uint32_t(tensor.shape.size()));
    put_bytes(out, tensor.shape.data(), tensor.shape.size() * sizeof(uint64_t));
    put(out, uint32_t(tensor.format));
    put(out, offset);
    const auto end = checked_add(offset, bytes_of(tensor).value_or(0));
    const auto next = end ? checked_round_up(*end, alignment()) : end;
    if (!next) return fail(ErrorKind::bad_input, name, "its tensors are larger than any file");
    offset = *next;
  }
  TRY(read_header(out, name, true));
  return out;
}

Status Writer::emit_header(const std::string& name, const Sink& sink) const {
  auto head = TRY(header(name));
  if (auto done = sink(head); !done || tensors_.empty()) return done;
  return put_padding(sink, head.size(), alignment());
}

Status Writer::emit(const std::string& name, const Sink& sink) const {
  TRY(emit_header(name, sink));
  for (const Planned& tensor : tensors_) TRY(emit_tensor(name, tensor, sink));
  return {};
}

Status Writer::emit_tensor(const std::string& name, const Planned& tensor, const Sink& sink) const {
  const uint64_t expected = *bytes_of(tensor);  // the header was read back: it has a size
  uint64_t given = 0;
  TRY(tensor.write([&](std::span<const uint8_t> piece) -> Status {
    given += piece.size();
    return given <= expected ? sink(piece) : Status{};
  }));
  if (given != expected)
    return fail(ErrorKind::bad_input, name,
                "tensor " + in_quotes(tensor.name) + " needs " + std::to_string(expected) +
                    " bytes of data, given were " + std::to_string(given));
  return put_padding(sink, given, alignment());
}

Status Writer::write(const std::string& path) {
  auto file = TRY(AtomicFile::create(path));
  TRY(emit(path, [&](std::span<const uint8_t> bytes) { return file.append(bytes); }));
  return file.commit();
}

Status Writer::write_header(const std::string& path) {
  auto file = TRY(AtomicFile::create(path));
  TRY(emit_header(path, [&](std::span<const uint8_t> bytes) { return file.append(bytes); }));
  return file.commit();
}

Result<std::vector<uint8_t>> Writer::bytes() {
  std::vector<uint8_t> out;
  TRY(emit("memory", [&](std::span<const uint8_t> bytes) -> Status {
    put_bytes(out, bytes.data(), bytes.size());
    return {};
  }));
  return out;
}

}  // namespace straddle::gguf
