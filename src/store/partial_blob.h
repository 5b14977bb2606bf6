// A blob while it is pulled: a file of its full size beside its place, and one that says which of its
// bytes are there. Whoever comes next, also after a crash, goes on from them.
#pragma once
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include "store/byte_ranges.h"
#include "store/model_store.h"

namespace straddle::store {

// sha256-HEX-partial holds the bytes, sha256-HEX-partial-0 what is known of them: JSON as Ollama's (N,
// Offset, Size, Completed: what is there from 0 on) with keys of our own: Done, all ranges that are
// written; Boot, in which run of the machine; Synced, those that outlast the machine's end. It is
// written anew for each megabyte, in place, so that the end of the process costs no more; what Ollama
// left is read too.
//
// While one lives, its lock is held: no other process writes the blob. One thread uses an object; one of
// its own syncs.
class PartialBlob {
 public:
  enum class Found : uint8_t { opened, locked, whole };  // locked: another process pulls it
  struct Opened;

  // io: it cannot be made or written. whole: the blob is in its place already.
  static Result<Opened> open(const ModelStore& store, const Blob& blob);
  ~PartialBlob();  // what is there is kept
  PartialBlob(const PartialBlob&) = delete;

  const ByteRanges& done() const { return done_; }
  uint64_t have() const { return have_; }  // bytes
  const Blob& blob() const { return blob_; }
  bool complete() const { return have_ == blob_.size; }
  int descriptor() const { return data_; }

  // Bytes that are there already stay as they are.
  Status write(uint64_t at, std::span<const uint8_t> bytes);
  // Into its place; the digest was checked.
  Status finish();
  // It holds something else than its name says: nothing stays.
  void discard();

 private:
  PartialBlob(const ModelStore& store, Blob blob, int data);
  Status begin();
  std::string state_text() const;
  void save();
  void sync(const std::stop_token& stop);
  std::string path() const { return place_ + "-partial"; }
  std::string state_path() const { return path() + "-0"; }

  Blob blob_;
  std::string place_;
  int data_ = -1, state_ = -1;
  std::mutex mutex_;
  ByteRanges done_, synced_;
  uint64_t have_ = 0, unsaved_ = 0;
  std::jthread syncer_;
};

struct PartialBlob::Opened {
  Found found = Found::whole;
  std::unique_ptr<PartialBlob> partial = nullptr;  // of opened
};

// What a partial blob still lacks, without its lock: for the room that is needed.
uint64_t missing_bytes(const ModelStore& store, const Blob& blob);

// What is partial and was not written for 7 days goes, and so do files that a process left half made.
void remove_old_partials(const ModelStore& store);

}  // namespace straddle::store
