// Tokens in the order of their bytes, so that what several begin with is tried once.
#pragma once
#include <array>

#include "sample/sample.h"

namespace straddle::sample {

class TokenOrder {
 public:
  static constexpr size_t kLongest = 255;  // bytes; longer tokens and those of no bytes are left out

  TokenOrder(const TokenBytes& tokens, std::vector<int32_t> ids);

  std::span<const int32_t> ids() const { return ids_; }

  // Adds the tokens whose bytes `start` accepts, one after the other.
  template <class Acceptor>
  void allow(const Acceptor& start, TokenSet& allowed) const;

 private:
  const TokenBytes& tokens_;
  std::vector<int32_t> ids_;
  std::vector<uint8_t> shared_;  // how many first bytes a token shares with the one before
};

template <class Acceptor>
void TokenOrder::allow(const Acceptor& start, TokenSet& allowed) const {
  std::array<Acceptor, kLongest + 1> path;  // the states behind the bytes of the token at hand
  path[0] = start;
  size_t accepted = 0;
  for (size_t i = 0; i < ids_.size(); ++i) {
    if (shared_[i] > accepted) continue;  // it shares the byte that was refused
    accepted = shared_[i];
    const std::string_view bytes = tokens_.of(ids_[i]);
    for (; accepted < bytes.size(); ++accepted) {
      path[accepted + 1] = path[accepted];
      if (!path[accepted + 1].accept(static_cast<uint8_t>(bytes[accepted]))) break;
    }
    if (accepted == bytes.size()) allowed[size_t(ids_[i])] = true;
  }
}

}  // namespace straddle::sample
