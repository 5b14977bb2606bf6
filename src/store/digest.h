// SHA-256 of what a store holds.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace straddle::store {

// 64 small hexadecimal digits; made by parse and Sha256 alone, so it is safe as part of a path.
class Digest {
 public:
  Digest() = default;                                         // of nothing: empty texts
  static std::optional<Digest> parse(std::string_view text);  // "sha256:HEX" or "sha256-HEX"
  static std::optional<Digest> of_hex(std::string_view hex);
  const std::string& hex() const { return hex_; }
  std::string text() const { return "sha256:" + hex_; }
  std::string file_name() const { return "sha256-" + hex_; }
  auto operator<=>(const Digest&) const = default;

 private:
  explicit Digest(std::string_view hex) : hex_(hex) {}
  std::string hex_;
};

// One thread at a time uses an object.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  ~Sha256();
  void add(std::span<const uint8_t> bytes);
  void add(std::string_view text);
  Digest finish();  // once; nothing is added after it

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Digest digest_of(std::string_view text);

}  // namespace straddle::store
