#include <utility>

#include "sample/token_order.h"

namespace straddle::sample {
namespace {

// A state in a string. What holds here until the closing quote holds in every string.
JsonState in_some_string() {
  JsonState state;
  for (const uint8_t byte : {'{', '"'}) state.accept(byte);
  return state;
}

enum class Fate { refused, inside, closing };

// What becomes of a string by these bytes. closing: up to the quote they fit; the rest depends on what
// is around the string.
Fate fate(std::string_view bytes) {
  JsonState state = in_some_string();
  for (const char byte : bytes) {
    if (!state.accept(static_cast<uint8_t>(byte))) return Fate::refused;
    if (!state.in_string()) return Fate::closing;
  }
  return Fate::inside;
}

// The tokens that do not end the answer.
std::vector<int32_t> writing(const TokenBytes& tokens) {
  TokenSet ends(tokens.size());
  for (const int32_t id : tokens.ends()) ends[size_t(id)] = true;
  std::vector<int32_t> ids;
  for (int32_t id = 0; size_t(id) < tokens.size(); ++id) {
    if (!ends[size_t(id)]) ids.push_back(id);
  }
  return ids;
}

}  // namespace

JsonMask::JsonMask(const TokenBytes& tokens)
    : tokens_(tokens),
      inside_(tokens.size()),
      all_(std::make_unique<TokenOrder>(tokens, writing(tokens))) {
  std::vector<int32_t> closing;
  for (const int32_t id : all_->ids()) {
    const Fate end = fate(tokens.of(id));
    if (end == Fate::closing) closing.push_back(id);
    inside_[size_t(id)] = end == Fate::inside;
  }
  closing_ = std::make_unique<TokenOrder>(tokens, std::move(closing));
}

JsonMask::~JsonMask() = default;

void JsonMask::allow(const JsonState& state, TokenSet& allowed) const {
  if (state.between_characters()) {
    allowed = inside_;
    closing_->allow(state, allowed);
    return;
  }
  allowed.assign(tokens_.size(), false);
  if (!state.complete()) return all_->allow(state, allowed);
  for (const int32_t id : tokens_.ends()) allowed[size_t(id)] = true;
}

}  // namespace straddle::sample
