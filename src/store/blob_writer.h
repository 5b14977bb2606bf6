// Bytes become a blob of a store: its name is the digest of what was written.
#pragma once
#include <string>
#include <string_view>

#include "base/atomic_file.h"
#include "store/model_store.h"

namespace straddle::store {

// One thread at a time uses an object. Without finish nothing stays.
class BlobWriter {
 public:
  static Result<BlobWriter> create(const ModelStore& store);  // its folder of blobs must exist
  Status append(std::span<const uint8_t> bytes);
  Status append(std::string_view text);
  Result<Blob> finish(LayerKind kind);

 private:
  BlobWriter(ModelStore store, AtomicFile file) : store_(std::move(store)), file_(std::move(file)) {}
  ModelStore store_;
  AtomicFile file_;
  Sha256 sha_;
  uint64_t bytes_ = 0;
};

// Digest and size of a regular file.
Result<Blob> hash_file(const std::string& path, const FileProgress& progress);

// Read once to know whether the store has it; copied where it has not.
Result<Blob> copy_into(const ModelStore& store, LayerKind kind, const std::string& path,
                       const FileProgress& progress);

}  // namespace straddle::store
