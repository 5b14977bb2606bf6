#include "base/atomic_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

namespace straddle {
namespace {

constexpr size_t kMostPerWrite = size_t{1} << 30;  // Linux writes at most 2 GiB at once
constexpr int kNamesToTry = 100;
constexpr int kMostLinks = 40;  // as Linux has it

tl::unexpected<Error> refuse(const std::string& path, const std::string& why,
                             std::string hint = "choose another place") {
  return fail(ErrorKind::io, path, "cannot write: " + why, std::move(hint));
}

tl::unexpected<Error> cannot_write(const std::string& path, int error) {
  if (error == ENOSPC || error == EDQUOT) return refuse(path, std::strerror(error), "free some space");
  if (error == EFAULT)  // a page of a mapped file that is gone
    return refuse(path, "the file that it is made from changed or vanished", "try again");
  const bool no_folder = error == ENOENT || error == ENOTDIR;
  return refuse(path, no_folder ? "no such folder" : std::strerror(error));
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, std::max<size_t>(slash, 1));
}

// A name may have 255 bytes.
std::string name_beside(const std::string& target, int attempt) {
  const size_t name = target.rfind('/') == std::string::npos ? 0 : target.rfind('/') + 1;
  return target.substr(0, name) + target.substr(name, 200) + ".part-" + std::to_string(::getpid()) +
         "-" + std::to_string(attempt);
}

// Links below /proc/PID/fd (/dev/stdout leads there) name what is open, which no rename can replace.
bool names_open_files(const std::string& folder) {
  struct statfs info;
  return ::statfs(folder.c_str(), &info) == 0 && info.f_type == PROC_SUPER_MAGIC;
}

// Where a link leads to; nullopt for what is none.
std::optional<std::string> link_target(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
  if (size < 0) return std::nullopt;
  const std::string to(target, size_t(size));
  return to.starts_with('/') ? to : folder_of(path) + "/" + to;
}

// The path behind all links. What it names need not exist.
Result<std::string> behind_links(const std::string& path) {
  std::string at = path;
  for (int i = 0; i < kMostLinks; ++i) {
    const auto next = link_target(at);
    if (!next) return at;
    if (names_open_files(folder_of(at))) return refuse(path, "not a regular file");
    at = *next;
  }
  return refuse(path, "its links lead nowhere");
}

// What is to be replaced; nullopt where nothing is there.
Result<std::optional<struct stat>> old_file(const std::string& path, const std::string& target) {
  struct stat info;
  if (::stat(target.c_str(), &info) != 0) return std::nullopt;
  if (S_ISDIR(info.st_mode)) return refuse(path, "it is a folder");
  if (!S_ISREG(info.st_mode)) return refuse(path, "not a regular file");
  if (::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) return cannot_write(path, errno);
  return info;
}

// The owner first: a change of it takes bits of the mode away. Who may not give a file away may still
// give it to a group of theirs.
void take_over(int descriptor, const struct stat& old) {
  const bool same_owner = ::fchown(descriptor, old.st_uid, old.st_gid) == 0;
  const bool same_group = same_owner || ::fchown(descriptor, uid_t(-1), old.st_gid) == 0;
  ::fchmod(descriptor, old.st_mode & (same_owner ? 07777 : same_group ? 0777 : 0707));
}

// The rename itself must survive a power cut. Some file systems cannot sync a folder: no harm.
void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::string target, std::string beside)
    : path_(std::move(path)), target_(std::move(target)), beside_(std::move(beside)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      beside_(std::move(other.beside_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(beside_.c_str());
}

Result<AtomicFile> AtomicFile::create(const std::string& path, Access access) {
  auto target = TRY(behind_links(path));
  auto old = TRY(old_file(path, target));
  const bool is_new = access == Access::usual && !old.has_value();
  int error = path.empty() ? ENOENT : EEXIST;
  for (int i = 0; i < kNamesToTry && error == EEXIST; ++i) {
    AtomicFile out(path, target, name_beside(target, i));
    out.descriptor_ =
        ::open(out.beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_new ? 0666 : 0600);
    error = errno;
    if (out.descriptor_ < 0) continue;
    // From here on, whatever happens, it is removed.
    if (access == Access::usual && old.has_value()) take_over(out.descriptor_, *old);
    return out;
  }
  return cannot_write(path, error);
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

Status AtomicFile::commit() { return commit_as(target_); }

Status AtomicFile::commit_as(const std::string& path) {
  if (::fsync(descriptor_) != 0 || ::rename(beside_.c_str(), path.c_str()) != 0)
    return cannot_write(path == target_ ? path_ : path, errno);
  ::close(std::exchange(descriptor_, -1));
  sync_folder(folder_of(path));
  return {};
}

}  // namespace straddle
