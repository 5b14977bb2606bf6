#include "terminal/write.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace straddle::terminal {

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done > 0) bytes.remove_prefix(static_cast<size_t>(done));
    if (done >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    pollfd room = {fd, POLLOUT, 0};  // somebody made the terminal non-blocking
    ::poll(&room, 1, -1);
  }
  return true;
}

}  // namespace straddle::terminal
