#include <algorithm>
#include <utility>

#include "base/partial_match.h"
#include "conversation/generate.h"

namespace straddle::conversation {

StopFilter::StopFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, std::string());
}

std::string StopFilter::push(std::string_view text) {
  if (stopped_) return {};
  held_ += text;
  size_t end = std::string::npos, keep = 0;
  for (const std::string& stop : stops_) {
    end = std::min(end, held_.find(stop));
    keep = std::max(keep, begun(held_, stop));
  }
  stopped_ = end != std::string::npos;
  const std::string shown = held_.substr(0, stopped_ ? end : held_.size() - keep);
  held_.erase(0, stopped_ ? held_.size() : shown.size());
  return shown;
}

std::string StopFilter::finish() { return std::exchange(held_, std::string()); }

}  // namespace straddle::conversation
