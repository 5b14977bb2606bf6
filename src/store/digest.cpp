#include "store/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <new>

namespace straddle::store {

struct Sha256::Context {
  EVP_MD_CTX* evp = ::EVP_MD_CTX_new();
  Context() {
    if (!evp || ::EVP_DigestInit_ex(evp, ::EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
  }
  Context(const Context&) = delete;
  ~Context() { ::EVP_MD_CTX_free(evp); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::span<const uint8_t> bytes) {
  ::EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size());
}

void Sha256::add(std::string_view text) {
  add(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

Digest Sha256::finish() {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  ::EVP_DigestFinal_ex(context_->evp, bytes, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[bytes[i] >> 4];
    hex += kDigits[bytes[i] & 15];
  }
  return *Digest::of_hex(hex);
}

std::optional<Digest> Digest::of_hex(std::string_view hex) {
  constexpr size_t kDigits = 64;
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (hex.size() != kDigits || !std::all_of(hex.begin(), hex.end(), is_digit)) return std::nullopt;
  return Digest(hex);
}

std::optional<Digest> Digest::parse(std::string_view text) {
  constexpr std::string_view kKind = "sha256";
  const bool known = text.starts_with(kKind) && text.size() > kKind.size();
  const char mark = known ? text[kKind.size()] : '\0';
  if (mark != ':' && mark != '-') return std::nullopt;
  return of_hex(text.substr(kKind.size() + 1));
}

Digest digest_of(std::string_view text) {
  Sha256 sha;
  sha.add(text);
  return sha.finish();
}

}  // namespace straddle::store
