#include "store/hash_behind.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace straddle::store {
namespace {

constexpr size_t kBlock = 1 << 20;

}  // namespace

// The thread allocates nothing: nobody could catch what that throws.
HashBehind::HashBehind(int descriptor, uint64_t size)
    : descriptor_(descriptor), size_(size), buffer_(kBlock, '\0') {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

HashBehind::~HashBehind() = default;

void HashBehind::reached(uint64_t end) {
  {
    const std::lock_guard lock(mutex_);
    if (end <= end_) return;
    end_ = end;
  }
  changed_.notify_all();
}

int HashBehind::read_some(uint64_t end) {
  const uint64_t at = done_;
  const size_t wanted = size_t(std::min<uint64_t>(kBlock, end - at));
  const ssize_t got = ::pread(descriptor_, buffer_.data(), wanted, off_t(at));
  if (got < 0 && errno == EINTR) return 0;
  if (got <= 0) return got < 0 ? errno : EIO;
  sha_.add(std::string_view(buffer_.data(), size_t(got)));
  done_ = at + uint64_t(got);
  return 0;
}

void HashBehind::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (done_ < size_ && failure_ == 0) {
    if (!changed_.wait(lock, stop, [&] { return end_ > done_; })) return;
    const uint64_t end = end_;
    lock.unlock();
    const int failure = read_some(end);
    lock.lock();
    failure_ = failure;
    if (stop.stop_requested()) return;
  }
  finished_ = true;
  changed_.notify_all();
}

std::optional<Result<Digest>> HashBehind::wait(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, most, [&] { return finished_; })) return std::nullopt;
  if (failure_ != 0) return fail(ErrorKind::io, "", std::strerror(failure_));
  return sha_.finish();
}

}  // namespace straddle::store
