#include "text/keyed_hash.h"

#include <cstring>
#include <random>

namespace straddle::text {
namespace {

// Up to eight bytes.
uint64_t word_of(std::string_view bytes) {
  uint64_t out = 0;
  std::memcpy(&out, bytes.data(), bytes.size());
  return out;
}

}  // namespace

HashKey HashKey::random() {
  std::random_device device;
  const auto word = [&device] { return uint64_t{device()} << 32 | device(); };
  const uint64_t first = word();
  return {first, word()};
}

uint64_t keyed_hash(HashKey key, std::string_view text) {
  SipHash hash(key);
  const uint64_t size = text.size();
  for (; text.size() >= 8; text.remove_prefix(8)) hash.add(word_of(text.substr(0, 8)));
  if (!text.empty()) hash.add(word_of(text));
  hash.add(size);
  return hash.finish();
}

}  // namespace straddle::text
