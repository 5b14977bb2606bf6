#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace straddle {
namespace {

constexpr size_t kMostPerWrite = size_t{1} << 30;  // Linux writes at most 2 GiB at once
constexpr int kNamesToTry = 100;

tl::unexpected<Error> cannot_write(const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  const bool no_folder = error == ENOENT || error == ENOTDIR;
  return fail(ErrorKind::io, path,
              std::string("cannot write: ") + (no_folder ? "no such folder" : std::strerror(error)),
              full ? "free some space" : "choose another place");
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, std::max<size_t>(slash, 1));
}

// The rename itself must survive a power cut. Some file systems cannot sync a folder: no harm.
void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::string beside)
    : path_(std::move(path)), beside_(std::move(beside)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      beside_(std::move(other.beside_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(beside_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path, unsigned permissions) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return fail(ErrorKind::io, path, "cannot write: not a regular file", "choose another place");
  for (int i = 0; i < kNamesToTry; ++i) {
    AtomicFile out(path, path + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(i));
    out.descriptor_ = ::open(out.beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions);
    if (out.descriptor_ >= 0) return out;  // from here on, whatever happens, it is removed
    if (errno != EEXIST) break;
  }
  return cannot_write(path, errno);
}

Status AtomicFile::append(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(descriptor_, bytes.data(), std::min(bytes.size(), kMostPerWrite));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return cannot_write(path_, errno);
    bytes = bytes.subspan(size_t(done));
  }
  return {};
}

Status AtomicFile::commit() {
  if (::fsync(descriptor_) != 0 || ::rename(beside_.c_str(), path_.c_str()) != 0)
    return cannot_write(path_, errno);
  ::close(std::exchange(descriptor_, -1));
  sync_folder(folder_of(path_));
  return {};
}

}  // namespace straddle
