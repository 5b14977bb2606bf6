#include "store/blob_push.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "store/retries.h"

namespace straddle::store {
namespace {

constexpr uint64_t kPiece = 64 << 20;  // bytes of one request, which a lost connection may cost

class BlobPush {
 public:
  BlobPush(Registry& registry, const Blob& blob, const std::string& other, int file,
           const BlobPushOptions& options)
      : registry_(registry),
        blob_(blob),
        other_(other),
        file_(file),
        options_(options),
        retries_(options.patience) {}

  Status run();

 private:
  Status begin();
  Status turn();
  Status take(const net::Fetched& answer, uint64_t sent);
  Status failed(const net::Fetched& answer);
  net::HttpContent piece();
  void tell(uint64_t done);

  Registry& registry_;
  const Blob& blob_;
  const std::string& other_;
  int file_;
  const BlobPushOptions& options_;
  Retries retries_;
  std::optional<Upload> upload_;
  uint64_t told_ = 0, most_had_ = 0;
  int unreadable_ = 0;  // errno of the file
  bool done_ = false;
};

void BlobPush::tell(uint64_t done) {
  told_ = std::max(told_, done);
  options_.progress(told_);
}

// What comes next of the file.
net::HttpContent BlobPush::piece() {
  const uint64_t begin = upload_->have, size = std::min(kPiece, blob_.size - begin);
  const auto read = [this, begin](uint64_t at, std::span<uint8_t> to) -> size_t {
    const ssize_t got = ::pread(file_, to.data(), to.size(), off_t(begin + at));
    if (got <= 0) unreadable_ = got < 0 ? errno : EIO;
    if (got > 0) tell(begin + at);  // that was handed over before
    return got > 0 ? size_t(got) : 0;
  };
  return {.type = "application/octet-stream",
          .range = std::to_string(begin) + "-" + std::to_string(begin + size - 1),
          .size = size,
          .read = read};
}

Status BlobPush::begin() {
  if (TRY(registry_.has(blob_.digest))) {
    done_ = true;
    return {};
  }
  upload_ = TRY(registry_.begin_upload(blob_.digest, other_));
  done_ = !upload_;
  return {};
}

// What may pass, and what the registry does not understand of an upload any more.
bool may_go_on(const net::Ended& ended) {
  const long status = ended.reply.status;
  return may_pass(ended) || status == 404 || status == 409 || status == 416;
}

Status BlobPush::failed(const net::Fetched& answer) {
  if (unreadable_ != 0)
    return fail(ErrorKind::io, blob_.digest.text(),
                std::string("cannot be read: ") + std::strerror(unreadable_));
  const auto wait = may_go_on(answer.ended) ? retries_.failed(answer.ended.reply) : std::nullopt;
  if (!wait) {
    if (!answer.ended.why.empty()) return tl::unexpected<Error>(net::error_of(answer.ended));
    return registry_.refused(answer);
  }
  TRY(registry_.wait(*wait));
  const uint64_t before = upload_->have;
  upload_ = TRY(registry_.find(*upload_));
  const long status = answer.ended.reply.status;
  const bool disagrees = status == 409 || status == 416;
  if (disagrees && upload_ && upload_->have == before) upload_.reset();
  return {};
}

Status BlobPush::take(const net::Fetched& answer, uint64_t sent) {
  const long status = answer.ended.reply.status;
  if (!answer.ended.why.empty() || answer.ended.how == net::End::refused || status >= 300)
    return failed(answer);
  const uint64_t before = upload_->have;
  upload_ = TRY(registry_.next(*upload_, answer.ended.reply, sent));
  if (upload_->have <= before)
    return fail(ErrorKind::io, blob_.digest.text(), "the registry keeps nothing of what it is sent");
  if (upload_->have > most_had_) retries_.progressed();
  most_had_ = std::max(most_had_, upload_->have);
  return {};
}

Status BlobPush::turn() {
  if (!upload_) return begin();
  if (upload_->have < blob_.size) {
    auto content = piece();
    const uint64_t end = upload_->have + content.size;
    return take(TRY(registry_.send(*upload_, std::move(content))), end);
  }
  const auto answer = TRY(registry_.finish(*upload_, blob_.digest));
  done_ = answer.ended.why.empty() && answer.ended.reply.status < 300;
  return done_ ? Status() : failed(answer);
}

Status BlobPush::run() {
  while (!done_) {
    TRY(turn());
  }
  tell(blob_.size);
  return {};
}

}  // namespace

Status push_blob(Registry& registry, const ModelStore& store, const Blob& blob, const std::string& other,
                 const BlobPushOptions& options) {
  TRY(store.check_blob(blob));
  const std::string path = store.blob_path(blob.digest);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(ErrorKind::io, path, std::string("cannot be read: ") + std::strerror(errno));
  auto ok = BlobPush(registry, blob, other, file, options).run();
  ::close(file);
  return ok;
}

}  // namespace straddle::store
