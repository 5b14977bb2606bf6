#include "ops/timeline.h"

#include <algorithm>
#include <utility>

namespace straddle::ops {

Timeline::Timeline(std::vector<uint32_t> first_ops, size_t most)
    : first_ops_(std::move(first_ops)), ring_(std::max<size_t>(most, 1)) {}

void Timeline::begin_step(uint32_t rows) {
  rows_ = rows;
  next_ = 0;
  stage_start_ns_ = clock_ns();
}

// What a Step does before its first op counts to its first stage.
void Timeline::begin_op(uint32_t op) {
  if (next_ == first_ops_.size() || op < first_ops_[next_]) return;
  if (next_ > 0) end_stage(clock_ns());
  while (next_ < first_ops_.size() && first_ops_[next_] <= op) ++next_;
}

void Timeline::end_step() {
  if (next_ > 0) end_stage(clock_ns());
  ++step_;
}

void Timeline::end_stage(int64_t now_ns) {
  put({Moment::Kind::stage, uint32_t(next_ - 1), step_, rows_, stage_start_ns_, now_ns});
  stage_start_ns_ = now_ns;
}

void Timeline::add(Moment::Kind kind, uint32_t device, int64_t start_ns, int64_t end_ns) {
  put({kind, device, step_, rows_, start_ns, end_ns});
}

// Where moments gave way, so has a part of the oldest Step that is left.
std::vector<Moment> Timeline::moments() const {
  const bool full = count_ > ring_.size();
  std::vector<Moment> out(ring_.begin(), full ? ring_.end() : ring_.begin() + long(count_));
  if (!full) return out;
  std::rotate(out.begin(), out.begin() + long(count_ % ring_.size()), out.end());
  const uint32_t oldest = out.front().step;
  std::erase_if(out, [oldest](const Moment& m) { return m.step == oldest; });
  return out;
}

}  // namespace straddle::ops
