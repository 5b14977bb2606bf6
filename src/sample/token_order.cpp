#include "sample/token_order.h"

#include <algorithm>
#include <utility>

namespace straddle::sample {

TokenOrder::TokenOrder(const TokenBytes& tokens, std::vector<int32_t> ids)
    : tokens_(tokens), ids_(std::move(ids)) {
  std::erase_if(ids_,
                [&](int32_t id) { return tokens.of(id).empty() || tokens.of(id).size() > kLongest; });
  std::sort(ids_.begin(), ids_.end(), [&](int32_t a, int32_t b) { return tokens.of(a) < tokens.of(b); });
  std::string_view before;
  for (const int32_t id : ids_) {
    const std::string_view bytes = tokens.of(id);
    const auto [end, other] = std::mismatch(bytes.begin(), bytes.end(), before.begin(), before.end());
    shared_.push_back(static_cast<uint8_t>(end - bytes.begin()));
    before = bytes;
  }
}

}  // namespace straddle::sample
