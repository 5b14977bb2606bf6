#include "store/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace straddle::store {

Result<StoreLock> StoreLock::wait_for(const std::string& root) {
  const std::string path = root + "/straddle.lock";
  StoreLock out(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  int failed = out.descriptor_ < 0 ? -1 : ::flock(out.descriptor_, LOCK_EX);
  while (failed != 0 && out.descriptor_ >= 0 && errno == EINTR)
    failed = ::flock(out.descriptor_, LOCK_EX);
  if (failed != 0)
    return fail(ErrorKind::io, path, std::string("cannot be locked: ") + std::strerror(errno));
  return out;
}

StoreLock::StoreLock(StoreLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

StoreLock::~StoreLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace straddle::store
