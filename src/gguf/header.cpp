// The order of a file: magic, version, counts, keys, tensor infos, padding, data.
#include "gguf/header.h"

#include "base/checked.h"
#include "gguf/cursor.h"
#include "gguf/foreign.h"
#include "gguf/name_index.h"
#include "gguf/places.h"
#include "gguf/value.h"

namespace straddle::gguf {
namespace {

constexpr uint64_t kMaxKeys = 65536;
constexpr uint64_t kMaxTensors = 1048576;
constexpr uint64_t kMaxKey = 65535;  // bytes
constexpr uint64_t kMaxName = 63;    // bytes; ggml keeps a NUL behind it
constexpr uint64_t kLeastAlignment = 8, kMaxAlignment = 1 << 20;
constexpr uint64_t kLeastKey = 14;     // length, 1 byte, type, 1 byte of value
constexpr uint64_t kLeastTensor = 25;  // length, 1 byte, n_dims, type, offset

class HeaderReader {
 public:
  HeaderReader(std::span<const uint8_t> bytes, const std::string& name, bool header_only)
      : in_(bytes), bytes_(bytes), name_(name), header_only_(header_only) {}

  Result<Header> read() {
    for (auto step : {&HeaderReader::read_head, &HeaderReader::read_keys, &HeaderReader::read_alignment,
                      &HeaderReader::read_tensors, &HeaderReader::place_tensors})
      TRY((this->*step)());
    return std::move(header_);
  }

 private:
  tl::unexpected<Error> bad(std::string what, std::string hint = {}) const {
    return fail(ErrorKind::bad_file, name_, std::move(what), std::move(hint));
  }
  tl::unexpected<Error> cut(const std::string& what) const {
    return bad("the file ends inside " + what, "download it again");
  }
  // What went wrong further down, said of `subject` of this file.
  tl::unexpected<Error> about(const std::string& subject, Error error) const {
    return fail(error.kind, name_, subject + ": " + error.what, std::move(error.hint));
  }
  static std::string of(const Tensor& tensor) { return "tensor " + in_quotes(tensor.name); }

  Status read_head() {
    TRY(check_magic(bytes_, name_));
    uint32_t magic;
    if (!in_.read(magic) || !in_.read(header_.version)) return cut("its first 24 bytes");
    TRY(check_version(header_.version, name_));
    if (!in_.read(n_tensors_) || !in_.read(n_keys_)) return cut("its first 24 bytes");
    TRY(check_count("keys", n_keys_, kMaxKeys, kLeastKey));
    return check_count("tensors", n_tensors_, kMaxTensors, kLeastTensor);
  }

  Status check_count(const char* what, uint64_t count, uint64_t most, uint64_t least_bytes) const {
    const std::string said = "it says it has " + std::to_string(count) + " " + what;
    if (count > in_.left() / least_bytes)
      return bad(said + ", more than its " + std::to_string(bytes_.size()) + " bytes can hold",
                 "download it again");
    if (count > most) return bad(said + "; the most is " + std::to_string(most));
    return {};
  }

  Status read_keys() {
    for (uint64_t i = 0; i < n_keys_; ++i) TRY(read_key(i));
    keys_ = NameIndex(header_.entries.size(), [&](size_t i) { return header_.entries[i].key; });
    if (auto key = keys_.twice()) return bad("key " + in_quotes(*key) + " appears twice");
    return {};
  }

  Status read_key(uint64_t number) {
    const std::string subject = "key number " + std::to_string(number + 1);
    std::string_view key;
    if (!in_.text(key)) return cut(subject);
    if (key.empty()) return bad(subject + " has no name");
    if (key.size() > kMaxKey)
      return bad(subject + " has a name of " + std::to_string(key.size()) + " bytes; the most is " +
                 std::to_string(kMaxKey));
    auto value = read_value(in_);
    if (!value) return about("key " + in_quotes(key), std::move(value.error()));
    header_.entries.push_back({key, std::move(*value)});
    return {};
  }

  Status read_alignment() {
    const auto index = keys_.find("general.alignment");
    if (!index) return {};
    const MetadataValue& value = header_.entries[*index].value;
    if (value.type != ValueType::u32)
      return bad("key 'general.alignment' is of type " + std::string(type_name(value.type)) +
                 ", not u32");
    alignment_ = std::get<uint64_t>(value.data);
    const bool power = (alignment_ & (alignment_ - 1)) == 0;
    if (!power || alignment_ < kLeastAlignment || alignment_ > kMaxAlignment)
      return bad("key 'general.alignment' is " + std::to_string(alignment_) +
                 ", not a power of two from " + std::to_string(kLeastAlignment) + " to " +
                 std::to_string(kMaxAlignment));
    return {};
  }

  Status read_tensors() {
    for (uint64_t i = 0; i < n_tensors_; ++i) TRY(read_tensor(i));
    const NameIndex names(header_.tensors.size(), [&](size_t i) { return header_.tensors[i].name; });
    if (auto name = names.twice()) return bad("tensor " + in_quotes(*name) + " appears twice");
    return {};
  }

  Status read_tensor(uint64_t number) {
    Tensor tensor;
    TRY(read_name(number, tensor));
    TRY(read_shape(tensor));
    TRY(read_format(tensor));
    if (!in_.read(tensor.offset)) return cut(of(tensor));
    if (tensor.offset % alignment_)
      return bad(of(tensor) + ": offset " + std::to_string(tensor.offset) +
                 " is no multiple of the alignment " + std::to_string(alignment_));
    header_.tensors.push_back(tensor);
    return {};
  }

  Status read_name(uint64_t number, Tensor& tensor) {
    const std::string subject = "tensor number " + std::to_string(number + 1);
    if (!in_.text(tensor.name)) return cut(subject);
    if (tensor.name.empty()) return bad(subject + " has no name");
    if (tensor.name.size() > kMaxName)
      return bad(subject + " has a name of " + std::to_string(tensor.name.size()) +
                 " bytes; the most is " + std::to_string(kMaxName));
    return {};
  }

  Status read_shape(Tensor& tensor) {
    if (!in_.read(tensor.n_dims)) return cut(of(tensor));
    if (tensor.n_dims > 4)
      return bad(of(tensor) + ": " + std::to_string(tensor.n_dims) + " dimensions; the most is 4");
    uint64_t elements = 1;
    for (uint32_t i = 0; i < tensor.n_dims; ++i) {
      uint64_t& dim = tensor.shape[i];
      if (!in_.read(dim)) return cut(of(tensor));
      if (dim == 0 || dim > kMaxSigned)
        return bad(of(tensor) + ": dimension " + std::to_string(i + 1) + " is " +
                   std::to_string(int64_t(dim)));
      const auto product = checked_mul(elements, dim);
      if (!product || *product > kMaxSigned) return bad(of(tensor) + ": more than 2^63 elements");
      elements = *product;
    }
    return {};
  }

  Status read_format(Tensor& tensor) {
    uint32_t type;
    if (!in_.read(type)) return cut(of(tensor));
    auto format = quant::format_of_type(type);
    if (!format) return about(of(tensor), std::move(format.error()));
    tensor.format = *format;
    const quant::Traits& traits = quant::traits(*format);
    if (tensor.shape[0] % traits.block_values)
      return bad(of(tensor) + ": rows of " + std::to_string(tensor.shape[0]) +
                 " values are no whole number of the blocks of " + std::to_string(traits.block_values) +
                 " of " + std::string(traits.name));
    const auto bytes = checked_mul(tensor.elements() / traits.block_values, traits.block_bytes);
    if (!bytes || *bytes > kMaxSigned) return bad(of(tensor) + ": more than 2^63 bytes");
    tensor.bytes = *bytes;
    return {};
  }

  Status place_tensors() {
    const uint64_t start = *checked_round_up(in_.at(), alignment_);  // both below 2^63
    const uint64_t end = header_only_ ? kMaxSigned : bytes_.size();
    return gguf::place_tensors(header_.tensors, name_, start, end);
  }

  Cursor in_;
  std::span<const uint8_t> bytes_;
  const std::string& name_;
  bool header_only_;
  uint64_t n_tensors_ = 0, n_keys_ = 0;
  uint64_t alignment_ = 32;
  NameIndex keys_;
  Header header_;
};

}  // namespace

Result<Header> read_header(std::span<const uint8_t> bytes, const std::string& name, bool header_only) {
  return HeaderReader(bytes, name, header_only).read();
}

}  // namespace straddle::gguf
