// Which bytes of a file are there.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>

namespace straddle::store {

struct ByteRange {
  uint64_t begin = 0, end = 0;
  uint64_t size() const { return end - begin; }
  bool operator==(const ByteRange&) const = default;
};

// Ranges that neither meet nor overlap, in order. One thread at a time uses an object.
class ByteRanges {
 public:
  void add(ByteRange range);  // an empty one adds nothing
  void remove(ByteRange range);
  uint64_t total() const;
  uint64_t reach() const;  // so many bytes from 0 on are there
  // The first gap at or behind `from` and before `end`; empty where there is none.
  ByteRange gap(uint64_t from, uint64_t end) const;
  auto begin() const { return ranges_.begin(); }  // of pairs: begin, end
  auto end() const { return ranges_.end(); }
  bool empty() const { return ranges_.empty(); }

 private:
  std::map<uint64_t, uint64_t> ranges_;
};

}  // namespace straddle::store
