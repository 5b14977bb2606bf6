#include <utility>

#include "sample/sample.h"

namespace straddle::sample {

TokenBytes::TokenBytes(std::span<const std::string> bytes, std::vector<int32_t> ends)
    : ends_(std::move(ends)) {
  for (const std::string& text : bytes) add(text);
}

TokenBytes::TokenBytes(const text::Tokenizer& tokenizer) {
  for (int32_t id = 0; size_t(id) < tokenizer.size(); ++id) {
    add(tokenizer.bytes(id));
    if (tokenizer.ends_generation(id)) ends_.push_back(id);
  }
}

void TokenBytes::add(std::string_view bytes) {
  bytes_ += bytes;
  starts_.push_back(bytes_.size());
}

}  // namespace straddle::sample
