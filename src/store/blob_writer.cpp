#include "store/blob_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "store/made_file.h"

namespace straddle::store {
namespace {

using Take = std::function<Status(std::span<const uint8_t>)>;

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

tl::unexpected<Error> cannot_read(const std::string& path) {
  const ErrorKind kind = errno == ENOENT || errno == ENOTDIR ? ErrorKind::not_found : ErrorKind::io;
  return fail(kind, path, kind == ErrorKind::not_found ? "no such file" : std::strerror(errno));
}

// Hands over the whole file, in order.
Status read_file(const std::string& path, const FileProgress& progress, const Take& take) {
  const OpenFile file(path);
  struct stat info;
  if (file.number() < 0 || ::fstat(file.number(), &info) != 0) return cannot_read(path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::io, path, "not a regular file");
  std::vector<uint8_t> buffer(size_t{1} << 20);
  for (uint64_t done = 0;;) {
    const ssize_t got = ::read(file.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path);
    if (got == 0) return {};
    TRY(take(std::span(buffer).first(size_t(got))));
    done += uint64_t(got);
    if (progress && !progress(done, uint64_t(info.st_size)))
      return fail(ErrorKind::interrupted, path, "");
  }
}

}  // namespace

Result<BlobWriter> BlobWriter::create(const ModelStore& store) {
  auto file = TRY(AtomicFile::create(store.blobs() + "/new"));
  return BlobWriter(store, std::move(file));
}

Status BlobWriter::append(std::span<const uint8_t> bytes) {
  sha_.add(bytes);
  bytes_ += bytes.size();
  return file_.append(bytes);
}

Status BlobWriter::append(std::string_view text) {
  return append(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

Result<Blob> BlobWriter::finish(LayerKind kind) {
  Blob out{kind, std::string(media_type_of(kind)), sha_.finish(), bytes_};
  TRY(file_.commit_as(store_.blob_path(out.digest)));
  return out;
}

Result<Blob> hash_file(const std::string& path, const FileProgress& progress) {
  Sha256 sha;
  Blob out;
  TRY(read_file(path, progress, [&](std::span<const uint8_t> bytes) -> Status {
    sha.add(bytes);
    out.size += bytes.size();
    return {};
  }));
  out.digest = sha.finish();
  return out;
}

Result<Blob> copy_into(const ModelStore& store, LayerKind kind, const std::string& path,
                       const FileProgress& progress) {
  auto blob = TRY(hash_file(path, progress));
  blob.kind = kind;
  blob.media_type = media_type_of(kind);
  if (store.check_blob(blob)) return blob;
  TRY(check_room(store.blob_path(blob.digest), blob.size));
  auto writer = TRY(BlobWriter::create(store));
  TRY(read_file(path, progress, [&](std::span<const uint8_t> bytes) { return writer.append(bytes); }));
  return writer.finish(kind);
}

}  // namespace straddle::store
