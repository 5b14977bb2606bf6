#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace straddle {
namespace {

tl::unexpected<Error> system_error(const std::string& path) {
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR) return fail(ErrorKind::not_found, path, "no such file");
  if (error == ENOMEM) return fail(ErrorKind::no_memory, path, "no room in memory to map the file");
  if (error == ENXIO) return fail(ErrorKind::io, path, "not a regular file");  // a socket
  return fail(ErrorKind::io, path, std::strerror(error));
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  // A pipe would wait here for a writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return system_error(path);
  struct stat info {};
  MappedFile out;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return fail(ErrorKind::io, path, S_ISDIR(info.st_mode) ? "it is a folder" : "not a regular file");
  }
  out.size_ = size_t(info.st_size);
  if (out.size_ > 0) {
    void* data = ::mmap(nullptr, out.size_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
      auto error = system_error(path);
      ::close(fd);
      out.size_ = 0;
      return error;
    }
    out.data_ = static_cast<const uint8_t*>(data);
  }
  ::close(fd);
  return out;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<uint8_t*>(data_), size_);
}

void MappedFile::drop_pages(std::span<const uint8_t> some) const {
  const auto page = size_t(::sysconf(_SC_PAGESIZE)), start = size_t(some.data() - data_);
  const size_t first = (start + page - 1) / page * page, last = (start + some.size()) / page * page;
  if (first < last) ::madvise(const_cast<uint8_t*>(data_) + first, last - first, MADV_DONTNEED);
}

}  // namespace straddle
