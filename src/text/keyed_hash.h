// A hash that nobody outside of the process can foresee: bytes of a file or a text that were chosen to
// meet in one place of a table meet only by chance. SipHash-1-3 (Aumasson and Bernstein), with a random
// key.
//
// Nothing may depend on the order of such a table.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace straddle::text {

struct HashKey {
  uint64_t first, second;
  static HashKey random();
};

class SipHash {
 public:
  explicit SipHash(HashKey key)
      : a_(key.first ^ 0x736F6D6570736575u),
        b_(key.second ^ 0x646F72616E646F6Du),
        c_(key.first ^ 0x6C7967656E657261u),
        d_(key.second ^ 0x7465646279746573u) {}

  void add(uint64_t word) {
    d_ ^= word;
    round();
    a_ ^= word;
  }

  uint64_t finish() {
    c_ ^= 0xFF;
    for (int i = 0; i < 3; ++i) round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

 private:
  static uint64_t rotated(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

  void round() {
    a_ += b_, b_ = rotated(b_, 13) ^ a_, a_ = rotated(a_, 32);
    c_ += d_, d_ = rotated(d_, 16) ^ c_;
    a_ += d_, d_ = rotated(d_, 21) ^ a_;
    c_ += b_, b_ = rotated(b_, 17) ^ c_, c_ = rotated(c_, 32);
  }

  uint64_t a_, b_, c_, d_;
};

// Of one number; not the hash of its bytes as a text.
inline uint64_t keyed_hash(HashKey key, uint64_t number) {
  SipHash hash(key);
  hash.add(number);
  return hash.finish();
}

uint64_t keyed_hash(HashKey key, std::string_view text);

// Of a table with open addressing: the longest row of slots without a free one. No search looks at more.
template <class IsFree>
size_t longest_row(size_t slots, IsFree&& is_free) {
  size_t longest = 0, row = 0;
  for (size_t i = 0; i < 2 * slots; ++i) {  // twice around: a row may go over the end
    row = is_free(i % slots) ? 0 : row + 1;
    if (row > longest) longest = row;
  }
  return longest;
}

}  // namespace straddle::text
