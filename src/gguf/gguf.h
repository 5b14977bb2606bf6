// The GGUF container: bytes -> File (validated keys and tensor list), and a Writer.
//
// Trusts nothing: every count, length, offset and product is checked before it is used, and nothing
// is allocated beyond what the bytes at hand justify. Format: docs/gguf.md.
//
// A File is a handle to content that never changes: copies are cheap and share it, and all may be used
// from several threads at once. Every pointer, span and view that it gives out lies in the mapped file
// or in that content, and stays valid while one copy of the File lives.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "quant/quant.h"

namespace straddle::gguf {

enum class ValueType : uint32_t {
  u8 = 0,
  i8 = 1,
  u16 = 2,
  i16 = 3,
  u32 = 4,
  i32 = 5,
  f32 = 6,
  boolean = 7,
  string = 8,
  array = 9,
  u64 = 10,
  i64 = 11,
  f64 = 12,
};

// An array as it lies in the file; strings are views into the file's bytes.
struct Array {
  ValueType element = ValueType::u8;
  uint64_t count = 0;
  std::span<const uint8_t> bytes;         // packed elements; of strings lengths and texts
  std::vector<std::string_view> strings;  // filled for string arrays only
};

// What a key says.
struct MetadataValue {
  ValueType type = ValueType::u8;
  std::variant<uint64_t, int64_t, double, bool, std::string_view, Array> data;
};

// One element of an array as a value by itself. index < array.count.
MetadataValue element(const Array& array, uint64_t index);

struct Entry {
  std::string_view key;
  MetadataValue value;
};

struct Tensor {
  std::string_view name;
  quant::Format format = quant::Format::F32;
  uint32_t n_dims = 0;
  uint64_t shape[4] = {1, 1, 1, 1};  // fastest first
  uint32_t file = 0;                 // which file of a split set, from 0
  uint64_t offset = 0;               // bytes from the start of that file
  uint64_t bytes = 0;
  uint64_t elements() const { return shape[0] * shape[1] * shape[2] * shape[3]; }
};

// Names of the files of a split set, numbered from 1: PREFIX-00002-of-00003.gguf.
struct SplitName {
  std::string prefix;  // with the folder, if the path had one
  uint32_t number = 0, count = 0;
};
std::optional<SplitName> parse_split_name(const std::string& path);  // nullopt: none of a set's
std::string split_name(const std::string& prefix, uint32_t number, uint32_t count);

class File {
 public:
  // Opens a file or, from any file of it, a whole split set. header_only: tensor data may be
  // missing or cut; data() may be empty then.
  static Result<File> open(const std::string& path, bool header_only = false);

  // The same over bytes that the caller keeps alive as long as any copy of the File (tests, fuzzers). No
  // split set.
  static Result<File> parse(std::span<const uint8_t> bytes, const std::string& name,
                            bool header_only = false);

  const std::string& path() const;             // of the first file of a split set
  std::span<const std::string> paths() const;  // of all its files
  uint32_t version() const;
  uint64_t file_bytes() const;                            // over all files of a split set
  uint32_t files() const;                                 // of a split set; 1: it stands alone
  std::span<const Entry> entries() const;                 // in file order, keys unique
  std::span<const Tensor> tensors() const;                // in file order, names unique
  const MetadataValue* find(std::string_view key) const;  // null if absent
  const Tensor* tensor(std::string_view name) const;      // null if absent
  // tensor: one of tensors(). Empty where a file opened for its header alone is cut.
  std::span<const uint8_t> data(const Tensor& tensor) const;
  // After a device has a copy of these bytes of data(): their pages take no memory until they are read
  // again, which others may do meanwhile.
  void drop_pages(std::span<const uint8_t> bytes) const;

  // unsupported, in the user's words, where the file's own keys say that it is something else: an image
  // projector, an adapter ...; where it has no tensors.
  Status check_language_model() const;
  Status check_weights() const;

  // Typed reads. Absent without a fallback: bad_file "key X is missing". Another type, or an
  // integer that does not fit: bad_file that names key and value. Every integer type is accepted
  // whose value fits; numbers() and integers() also take a single value as an array of one.
  Result<uint64_t> integer(std::string_view key) const;
  Result<uint64_t> integer(std::string_view key, uint64_t fallback) const;
  Result<double> number(std::string_view key) const;
  Result<double> number(std::string_view key, double fallback) const;
  Result<bool> boolean(std::string_view key, bool fallback) const;
  Result<std::string_view> string(std::string_view key) const;
  Result<std::string_view> string(std::string_view key, std::string_view fallback) const;
  // For what is nice to know: empty where it is absent, and where it is no text.
  std::string text(std::string_view key) const;
  Result<std::vector<int64_t>> integers(std::string_view key) const;  // bools count as 0 and 1
  Result<std::vector<float>> numbers(std::string_view key) const;
  Result<std::span<const std::string_view>> strings(std::string_view key) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

// Writes a single v3 file: keys in order, tensors in order, data padded to 32 (or
// general.alignment). What the reader would refuse is not written. One thread at a time; texts and
// values that are added are copied.
class Writer {
 public:
  void add(std::string_view key, uint32_t value);
  void add(std::string_view key, float value);
  void add(std::string_view key, bool value);
  void add(std::string_view key, std::string_view value);
  void add(std::string_view key, const char* value);  // or a literal would be a bool
  void add(std::string_view key, std::span<const std::string> values);
  void add(std::string_view key, std::span<const float> values);
  void add(std::string_view key, std::span<const int32_t> values);
  void add(const Entry& entry);  // copies an entry of a File as it stands; drops the split keys

  // The data is asked for when the file is written, on the thread that writes, in order, one tensor at a
  // time; what produce returns must stay valid until it is called for the next one.
  using Produce = std::function<Result<std::span<const uint8_t>>()>;
  void add_tensor(std::string_view name, quant::Format format, std::span<const uint64_t> shape,
                  Produce produce);

  // The same in pieces, for tensors larger than memory: write hands one after the other to the sink, in
  // order, and ends with the sink's first error.
  using Sink = std::function<Status(std::span<const uint8_t>)>;
  using WritePieces = std::function<Status(const Sink&)>;
  void add_tensor(std::string_view name, quant::Format format, std::span<const uint64_t> shape,
                  WritePieces write);

  // Writes beside, syncs, renames: the file at path is whole or untouched.
  Status write(const std::string& path);
  Status write_header(const std::string& path);  // keys and tensor infos alone
  Result<std::vector<uint8_t>> bytes();          // the same, in memory

 private:
  struct EncodedKey {
    std::string name;
    std::vector<uint8_t> typed_value;  // type number and value, as in the file
  };
  struct Planned {
    std::string name;
    quant::Format format;
    std::vector<uint64_t> shape;
    WritePieces write;
  };
  uint64_t alignment() const;
  static std::optional<uint64_t> bytes_of(const Planned& tensor);
  Result<std::vector<uint8_t>> header(const std::string& name) const;
  Status emit_header(const std::string& name, const Sink& sink) const;
  Status emit(const std::string& name, const Sink& sink) const;
  Status emit_tensor(const std::string& name, const Planned& tensor, const Sink& sink) const;
  std::vector<EncodedKey> keys_;
  std::vector<Planned> tensors_;
};

}  // namespace straddle::gguf
