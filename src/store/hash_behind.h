// The digest of a file while it is being written: a thread reads behind what is there, in order, and so
// mostly from memory.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "store/digest.h"

namespace straddle::store {

// Used by one thread, beside its own.
class HashBehind {
 public:
  // The descriptor must stay open.
  HashBehind(int descriptor, uint64_t size);
  ~HashBehind();  // does not wait for the rest
  HashBehind(const HashBehind&) = delete;

  void reached(uint64_t end);  // bytes before it are there, and change no more
  uint64_t done() const { return done_; }
  // Once reached(size) was said: none while it is not yet read. io: it cannot be read.
  std::optional<Result<Digest>> wait(std::chrono::milliseconds most);

 private:
  void run(const std::stop_token& stop);
  int read_some(uint64_t end);  // errno, or 0
  int descriptor_;
  uint64_t size_;
  std::atomic<uint64_t> done_ = 0;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  uint64_t end_ = 0;
  bool finished_ = false;
  int failure_ = 0;
  std::string buffer_;
  Sha256 sha_;
  std::jthread thread_;
};

}  // namespace straddle::store
