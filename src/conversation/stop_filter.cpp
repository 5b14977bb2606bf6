#include <algorithm>

#include "base/partial_match.h"
#include "conversation/writer.h"

namespace straddle::conversation {

StopFilter::StopFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, std::string());
}

std::string StopFilter::push(std::string_view text, bool shown) {
  if (stopped_) return {};
  held_ += text;
  shown_.resize(held_.size(), shown);
  size_t end = std::string::npos, keep = 0;
  for (const std::string& stop : stops_) {
    end = std::min(end, held_.find(stop));
    keep = std::max(keep, partial_match(held_, stop));
  }
  stopped_ = end != std::string::npos;
  return release(stopped_ ? end : held_.size() - keep);
}

std::string StopFilter::finish() { return stopped_ ? std::string() : release(held_.size()); }

std::string StopFilter::release(size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) {
    if (shown_[i]) out += held_[i];
  }
  held_.erase(0, n);
  shown_.erase(shown_.begin(), shown_.begin() + long(n));
  return out;
}

}  // namespace straddle::conversation
