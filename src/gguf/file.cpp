#include "gguf/gguf.h"
#include "gguf/name_index.h"
#include "gguf/split_set.h"
#include "gguf/typed.h"
#include "gguf/value.h"

namespace straddle::gguf {

struct File::Impl {
  explicit Impl(Joined joined) : from(std::move(joined)) {
    const auto& header = from.header;
    keys = NameIndex(header.entries.size(), [&](size_t i) { return header.entries[i].key; });
    names = NameIndex(header.tensors.size(), [&](size_t i) { return header.tensors[i].name; });
  }
  Joined from;
  NameIndex keys, names;
};

Result<File> File::open(const std::string& path, bool header_only) {
  auto joined = TRY(open_files(path, header_only));
  File out;
  out.impl_ = std::make_shared<const Impl>(std::move(joined));
  return out;
}

Result<File> File::parse(std::span<const uint8_t> bytes, const std::string& name, bool header_only) {
  auto header = TRY(read_header(bytes, name, header_only));
  Joined joined;
  joined.paths.push_back(name);
  joined.file_bytes = bytes.size();
  joined.bytes.push_back(bytes);
  joined.header = std::move(header);
  File out;
  out.impl_ = std::make_shared<const Impl>(std::move(joined));
  return out;
}

const std::string& File::path() const { return impl_->from.paths[0]; }
std::span<const std::string> File::paths() const { return impl_->from.paths; }
uint32_t File::version() const { return impl_->from.header.version; }
uint64_t File::file_bytes() const { return impl_->from.file_bytes; }
uint32_t File::files() const { return uint32_t(impl_->from.bytes.size()); }
std::span<const Entry> File::entries() const { return impl_->from.header.entries; }
std::span<const Tensor> File::tensors() const { return impl_->from.header.tensors; }

const MetadataValue* File::find(std::string_view key) const {
  const auto index = impl_->keys.find(key);
  return index ? &entries()[*index].value : nullptr;
}

const Tensor* File::tensor(std::string_view name) const {
  const auto index = impl_->names.find(name);
  return index ? &tensors()[*index] : nullptr;
}

std::span<const uint8_t> File::data(const Tensor& tensor) const {
  const auto bytes = impl_->from.bytes[tensor.file];
  const bool whole = tensor.offset <= bytes.size() && tensor.bytes <= bytes.size() - tensor.offset;
  return whole ? bytes.subspan(tensor.offset, tensor.bytes) : std::span<const uint8_t>();
}

namespace {

template <class T>
Result<T> in_file(Result<T> read, const File& file) {
  if (!read) read.error().where = file.path();
  return read;
}

template <class T>
Result<T> required(const File& file, std::string_view key,
                   Result<T> (*convert)(std::string_view, const MetadataValue&)) {
  const MetadataValue* value = file.find(key);
  if (!value) return fail(ErrorKind::bad_file, file.path(), "key " + in_quotes(key) + " is missing");
  return in_file(convert(key, *value), file);
}

template <class T>
Result<T> optional(const File& file, std::string_view key, T fallback,
                   Result<T> (*convert)(std::string_view, const MetadataValue&)) {
  if (!file.find(key)) return fallback;
  return required(file, key, convert);
}

}  // namespace

Result<uint64_t> File::integer(std::string_view key) const { return required(*this, key, to_integer); }
Result<uint64_t> File::integer(std::string_view key, uint64_t fallback) const {
  return optional(*this, key, fallback, to_integer);
}
Result<double> File::number(std::string_view key) const { return required(*this, key, to_number); }
Result<double> File::number(std::string_view key, double fallback) const {
  return optional(*this, key, fallback, to_number);
}
Result<bool> File::boolean(std::string_view key, bool fallback) const {
  return optional(*this, key, fallback, to_boolean);
}
Result<std::string_view> File::string(std::string_view key) const {
  return required(*this, key, to_string);
}
Result<std::string_view> File::string(std::string_view key, std::string_view fallback) const {
  return optional(*this, key, fallback, to_string);
}
Result<std::vector<int64_t>> File::integers(std::string_view key) const {
  return required(*this, key, to_integers);
}
Result<std::vector<float>> File::numbers(std::string_view key) const {
  return required(*this, key, to_numbers);
}
std::string File::text(std::string_view key) const {
  const auto found = string(key, "");
  return found ? std::string(*found) : std::string();
}
Result<std::span<const std::string_view>> File::strings(std::string_view key) const {
  return required(*this, key, to_strings);
}

void File::drop_pages(std::span<const uint8_t> bytes) const {
  for (const MappedFile& map : impl_->from.maps) {
    const auto all = map.bytes();
    const std::less_equal<> ordered;  // pointers into different maps
    if (ordered(all.data(), bytes.data()) &&
        ordered(bytes.data() + bytes.size(), all.data() + all.size())) {
      map.drop_pages(bytes);
    }
  }
}

}  // namespace straddle::gguf
