#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "text/tokenizer_impl.h"

namespace straddle::text {

StreamDecoder::StreamDecoder(Tokenizer tokenizer, std::span<const TokenId> prompt)
    : tokenizer_(std::move(tokenizer)) {
  const Tokenizer::Impl& content = *tokenizer_.impl_;
  at_start_ = std::all_of(prompt.begin(), prompt.end(),
                          [&content](TokenId id) { return content.is_hidden(id); });
}

std::string StreamDecoder::push(TokenId id) {
  const Tokenizer::Impl& content = *tokenizer_.impl_;
  if (content.is_hidden(id)) return {};
  held_ += content.shown(id, at_start_);
  at_start_ = false;
  std::string whole = std::exchange(held_, {});
  const size_t tail = unfinished_tail(whole);
  held_ = whole.substr(whole.size() - tail);
  whole.resize(whole.size() - tail);
  return replace_invalid(whole);
}

std::string StreamDecoder::finish() {
  return held_.empty() ? std::string() : replace_invalid(std::exchange(held_, {}));
}

}  // namespace straddle::text
