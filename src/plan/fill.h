// Gives a device shares of the stages that home has, those first that save most time per byte.
#pragma once
#include <vector>

#include "plan/cost.h"

namespace straddle::plan {

// A stage that may be cut: what its largest sensible share saves. That is 9/10 of the balance point,
// where home and the device would end together, so that a slow moment of the device stays hidden.
struct Item {
  uint32_t stage = 0, steps = 0;
  int64_t gain_ns = 0;
  uint64_t bytes = 0;
};

// The largest number of steps that `device` may take of what home has of the stage.
uint32_t balance_steps(const Problem& problem, const Stage& stage, Steps steps, uint32_t device);

// Whether home cannot hold all of the model.
bool home_is_short(const Problem& problem);

// Whether `device` may have n steps of what home has: all; up to the balance; of home's own memory,
// whose times are added, any. Where home is short (home_is_short, asked once for all stages) also beyond
// the balance, but never faster than at it: less memory must not be faster than more.
class Sensible {
 public:
  Sensible(const Problem& problem, const Stage& stage, Steps home, uint32_t device, bool home_is_short)
      : p_(problem),
        stage_(stage),
        device_(device),
        short_(home_is_short),
        most_(balance_steps(problem, stage, home, device)) {}
  bool operator()(uint32_t n) const;

 private:
  int64_t ns(uint32_t there) const;
  const Problem& p_;
  const Stage& stage_;
  uint32_t device_;
  bool short_;
  uint32_t most_;
};

// Best first: by gain per byte.
std::vector<Item> items_for(const Problem& problem, const Counts& counts, const Walk& walk,
                            uint32_t device);

struct Filled {
  Counts counts;
  int64_t gain_ns = 0;
  double bound_ns = 0;  // gain, were the last item taken in part at its average gain per byte
};

// room: bytes of the device that may be filled.
Filled fill(const Problem& problem, const Counts& counts, const Walk& walk, uint32_t device,
            uint64_t room);

}  // namespace straddle::plan
