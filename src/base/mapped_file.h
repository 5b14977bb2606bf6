// A file's bytes, mapped read-only for the life of the object.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace straddle {

// Safe to read from several threads. Views of bytes() stay valid while the object lives, and go with it
// when it is moved. Nobody may shorten the file meanwhile: reading beyond its new end raises SIGBUS.
class MappedFile {
 public:
  // not_found where nothing is there; io where it cannot be read (a folder, no permission).
  // An empty file maps to an empty span.
  static Result<MappedFile> open(const std::string& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const uint8_t> bytes() const { return {data_, size_}; }

  // Takes whole pages of `some`, which lie in bytes(), out of this process's memory; they come back from
  // the file when read again. Others may read them meanwhile.
  void drop_pages(std::span<const uint8_t> some) const;

 private:
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace straddle
