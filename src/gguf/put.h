// The other direction of Cursor: values appended to bytes, little-endian.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace straddle::gguf {

// resize and memcpy: g++ 12 warns of an overflow in vector::insert that is none.
inline void put_bytes(std::vector<uint8_t>& out, const void* bytes, size_t count) {
  if (count == 0) return;
  const size_t at = out.size();
  out.resize(at + count);
  std::memcpy(out.data() + at, bytes, count);
}

template <class T>
void put(std::vector<uint8_t>& out, T value) {
  put_bytes(out, &value, sizeof(value));
}

inline void put_text(std::vector<uint8_t>& out, std::string_view text) {
  put(out, uint64_t(text.size()));
  put_bytes(out, text.data(), text.size());
}

}  // namespace straddle::gguf
