// A file that appears whole or not at all: written beside its place, synced, then renamed.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace straddle {

// One thread at a time uses an object. Several may write the same path, from any thread or process: the
// last commit wins.
class AtomicFile {
 public:
  // permissions: as of open(2), less the umask.
  static Result<AtomicFile> create(const std::string& path, unsigned permissions = 0666);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();  // without commit: removes what was written, the old file stays

  Status append(std::span<const uint8_t> bytes);
  Status commit();

 private:
  AtomicFile(std::string path, std::string beside);
  std::string path_, beside_;
  int descriptor_ = -1;
};

}  // namespace straddle
