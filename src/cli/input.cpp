#include "cli/input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "terminal/terminal.h"

namespace straddle::cli {
namespace {

constexpr int kSilence = 1000;  // milliseconds until it is said what is waited for

tl::unexpected<Error> cannot_read(const std::string& name, int error) {
  if (error == ENOENT || error == ENOTDIR) return fail(ErrorKind::not_found, name, "no such file");
  return fail(ErrorKind::io, name, error == EISDIR ? "is a folder" : std::strerror(error));
}

}  // namespace

Input::Input(int fd, std::string name, std::string what)
    : fd_(fd), name_(std::move(name)), what_(std::move(what)) {}

Input::Input(Input&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      what_(std::move(other.what_)),
      said_(other.said_) {}

Input::~Input() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
}

Result<Input> Input::open(const std::string& path, std::string what) {
  if (path.empty() || path == "-") return Input(STDIN_FILENO, "standard input", std::move(what));
  // A pipe that nobody writes would keep this open waiting, and nobody would be told.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return cannot_read(path, errno);
  return Input(fd, path, std::move(what));
}

// Silent or not, a pipe ends when its writer closes it: a person who has forgotten one is told.
void Input::wait() {
  pollfd ready = {fd_, POLLIN, 0};
  const bool typed = terminal::is_terminal(fd_);
  if (!said_ && (typed || ::poll(&ready, 1, kSilence) == 0)) {
    const char* how = typed                 ? " (Ctrl-D on an empty line ends it)"
                      : fd_ == STDIN_FILENO ? " (closing it, or </dev/null, ends the wait)"
                                            : "";
    std::fprintf(stderr, "Waiting for %s on %s%s\n", what_.c_str(), name_.c_str(), how);
    said_ = true;
  }
  ::poll(&ready, 1, -1);
}

Result<bool> Input::read_more(std::string& text) {
  char buffer[1 << 16];
  for (;;) {
    wait();
    const ssize_t n = ::read(fd_, buffer, sizeof buffer);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0 && errno == EBADF && fd_ == STDIN_FILENO) return false;  // closed by the caller
    if (n < 0) return cannot_read(name_, errno);
    text.append(buffer, size_t(n));
    return n > 0;
  }
}

tl::unexpected<Error> too_large(const std::string& path) {
  return fail(ErrorKind::bad_input, path.empty() || path == "-" ? "standard input" : path,
              "is larger than 1 GiB: that is no text");
}

Result<std::string> read_text(const std::string& path, std::string what) {
  auto input = TRY(Input::open(path, std::move(what)));
  std::string out;
  for (;;) {
    auto more = TRY(input.read_more(out));
    if (!more) return out;
    if (out.size() > kMostText) return too_large(path);
  }
}

}  // namespace straddle::cli
