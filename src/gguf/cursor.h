// A bounded walk over little-endian bytes: a read that does not fit fails and moves nothing.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace straddle::gguf {

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies in memory");

class Cursor {
 public:
  explicit Cursor(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  uint64_t at() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }

  template <class T>
  bool read(T& out) {
    if (left() < sizeof(T)) return false;
    std::memcpy(&out, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return true;
  }

  bool take(uint64_t count, std::span<const uint8_t>& out) {
    if (count > left()) return false;
    out = bytes_.subspan(at_, count);
    at_ += count;
    return true;
  }

  // u64 length, then that many bytes. The view lies in the bytes walked over.
  bool text(std::string_view& out) {
    const uint64_t start = at_;
    uint64_t length;
    std::span<const uint8_t> raw;
    if (!read(length) || !take(length, raw)) {
      at_ = start;
      return false;
    }
    out = {reinterpret_cast<const char*>(raw.data()), raw.size()};
    return true;
  }

 private:
  std::span<const uint8_t> bytes_;
  uint64_t at_ = 0;
};

}  // namespace straddle::gguf
