#include "terminal/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "terminal/write.h"

namespace straddle::terminal {
namespace {

tl::unexpected<Error> failed(const std::string& path, std::string_view verb) {
  const ErrorKind kind = errno == ENOENT || errno == ENOTDIR ? ErrorKind::not_found : ErrorKind::io;
  return fail(kind, path, "cannot " + std::string(verb) + ": " + std::strerror(errno));
}

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

bool read_all(int fd, std::string& out) {
  char buffer[1 << 14];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) != 0;) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    out.append(buffer, size_t(n));
  }
  return true;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, size_t most) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat info;
  if (file.number < 0 || ::fstat(file.number, &info) != 0) return failed(path, "read");
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::io, path, "cannot read: not a regular file");
  if (info.st_size > off_t(most)) ::lseek(file.number, info.st_size - off_t(most), SEEK_SET);
  std::string text;
  if (!read_all(file.number, text)) return failed(path, "read");
  return text;
}

Result<std::string> write_new_file(const std::string& path, std::string_view text) {
  std::string name = path + ".XXXXXX";
  const Descriptor file{::mkostemp(name.data(), O_CLOEXEC)};
  if (file.number < 0) return failed(path, "write");
  if (write_all(file.number, text)) return name;
  auto error = failed(path, "write");
  ::unlink(name.c_str());
  return error;
}

}  // namespace straddle::terminal
