#include <utility>

#include "sample/sample.h"

namespace straddle::sample {

TokenBytes::TokenBytes(std::span<const std::string> bytes, std::vector<int32_t> ends)
    : starts_{0}, ends_(std::move(ends)) {
  starts_.reserve(bytes.size() + 1);
  for (const std::string& text : bytes) {
    bytes_ += text;
    starts_.push_back(bytes_.size());
  }
}

}  // namespace straddle::sample
