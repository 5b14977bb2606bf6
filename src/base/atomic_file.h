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
  // usual: a file that is replaced hands on its mode, and its owner where the system allows it; a new
  // one gets 0666 less the umask. owner_only: 0600, whatever stood there.
  enum class Access : uint8_t { usual, owner_only };

  // A symbolic link stays; what it points to is replaced, or made. Refused with `io`: a file that may
  // not be written, and what is no regular file (a folder, a pipe, /dev/stdout).
  static Result<AtomicFile> create(const std::string& path, Access access = Access::usual);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();  // without commit: removes what was written, the old file stays

  Status append(std::span<const uint8_t> bytes);
  Status commit();
  // In place of `path` itself, also where that is a link; it must be of the same file system.
  Status commit_as(const std::string& path);

 private:
  AtomicFile(std::string path, std::string target, std::string beside);
  std::string path_;             // as the caller named it
  std::string target_, beside_;  // behind all links; what is being written
  int descriptor_ = -1;
};

}  // namespace straddle
