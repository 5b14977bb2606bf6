#include "plan/fill.h"

#include <algorithm>
#include <numeric>

namespace straddle::plan {
namespace {

constexpr uint32_t kFine = 10;  // steps at the balance point: a tenth of them is a step

// `steps` of a stage go from home to the device.
struct Move {
  uint32_t stage = 0, steps = 0;
  int64_t gain_ns = 0;
};

class Filler {
 public:
  Filler(const Problem& problem, const Counts& counts, const Walk& walk, uint32_t device)
      : p_(problem), counts_(counts), walk_(walk), device_(device) {}

  int64_t gain(uint32_t stage, uint32_t steps) const {
    after_.assign(counts_[stage].begin(), counts_[stage].end());
    after_[p_.home()] -= steps;
    after_[device_] += steps;
    return walk_.stages[stage].ns() - pass(p_, p_.stages[stage], after_, walk_.at[stage]).ns();
  }
  uint64_t bytes(uint32_t stage, uint32_t steps) const {
    return p_.stages[stage].on[device_][steps].bytes();
  }

  // The largest part of an item that fits.
  Move part(const Item& item, uint64_t room) const {
    uint32_t fits = 0, beyond = item.steps + 1;
    while (beyond - fits > 1) {
      const uint32_t middle = (fits + beyond) / 2;
      (bytes(item.stage, middle) <= room ? fits : beyond) = middle;
    }
    return {item.stage, fits, fits ? gain(item.stage, fits) : 0};
  }

 private:
  const Problem& p_;
  const Counts& counts_;
  const Walk& walk_;
  uint32_t device_;
  mutable std::vector<uint32_t> after_;
};

bool same_kind(const Item& a, const Item& b) {
  return a.gain_ns == b.gain_ns && a.bytes == b.bytes && a.steps == b.steps;
}

// Items begin .. of the list, each kind of them once.
Move best_part(const Filler& filler, std::span<const Item> items, uint64_t room) {
  Move best;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && same_kind(items[i], items[i - 1])) continue;
    if (items[i].gain_ns <= best.gain_ns) continue;
    const Move move = filler.part(items[i], room);
    if (move.gain_ns > best.gain_ns) best = move;
  }
  return best;
}

double bound(std::span<const Item> items, size_t whole, int64_t gain, uint64_t room) {
  if (whole == items.size()) return double(gain);
  return double(gain) + double(items[whole].gain_ns) * double(room) / double(items[whole].bytes);
}

}  // namespace

// Nobody waits longer than home: x = (a - w) / (a1 + g1), where a is home's time for what it has, a1 and
// g1 the times of the whole stage, w the wake. 9/10 of that is rounded down. Where a tenth is less than
// a step that would cost more than a late device: the faster neighbour of x is taken.
uint32_t balance_steps(const Problem& p, const Stage& stage, Steps steps, uint32_t device) {
  const uint32_t has = steps[p.home()];
  const auto home_ns = [&](uint32_t n) { return stage.on[p.home()][n].ns; };
  const int64_t a = home_ns(has) - p.places[device].wake_ns;
  const int64_t both = home_ns(stage.steps) + stage.on[device][stage.steps].ns;
  if (stage.whole || stage.steps < 2 || a <= 0 || both <= 0) return 0;
  const Wide tenths = Wide(10) * a * stage.steps / both;  // of a step, at the balance point
  if (tenths >= 100) return uint32_t(std::min<Wide>(9 * tenths / 100, has));
  const uint32_t down = uint32_t(std::min<Wide>(tenths / 10, has));
  if (down == has || down + 1 >= std::min(stage.steps, kFine)) return down;
  const auto ns = [&](uint32_t n) {
    const int64_t wait = n ? stage.on[device][n].ns + p.places[device].wake_ns : 0;
    return std::max(home_ns(has - n), wait);
  };
  return ns(down + 1) < ns(down) ? down + 1 : down;
}

bool home_is_short(const Problem& p) {
  return taken_bytes(p, Counts(p))[p.home()] > p.places[p.home()].budget;
}

int64_t Sensible::ns(uint32_t there) const {
  const int64_t wait = there ? stage_.on[device_][there].ns + p_.places[device_].wake_ns : 0;
  return std::max(stage_.on[p_.home()][stage_.steps - there].ns, wait);
}

bool Sensible::operator()(uint32_t n) const {
  if (n == stage_.steps) return true;
  if (stage_.whole) return false;
  if (p_.places[device_].unified || n <= most_) return true;
  return short_ && ns(n) >= ns(most_);
}

std::vector<Item> items_for(const Problem& p, const Counts& counts, const Walk& walk, uint32_t device) {
  std::vector<Item> items;
  if (!p.overlap || p.places[device].unified) return items;
  const Filler filler(p, counts, walk, device);
  for (uint32_t s = 0; s < p.stages.size(); ++s) {
    if (p.stages[s].fixed || counts[s][device]) continue;
    const uint32_t steps = balance_steps(p, p.stages[s], counts[s], device);
    if (!steps) continue;
    const int64_t gain = filler.gain(s, steps);
    if (gain > 0) items.push_back({s, steps, gain, filler.bytes(s, steps)});
  }
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    const Wide ab = Wide(a.gain_ns) * b.bytes, ba = Wide(b.gain_ns) * a.bytes;
    return ab != ba ? ab > ba : a.bytes < b.bytes;
  });
  return items;
}

// Whole items from the best on, the last room for a part of any other: the best of all borders below the
// room. Early borders lose against the last ones unless one part can make up for what lies between.
Filled fill(const Problem& p, const Counts& counts, const Walk& walk, uint32_t device, uint64_t room) {
  const std::vector<Item> items = items_for(p, counts, walk, device);
  const Filler filler(p, counts, walk, device);
  size_t whole = 0;
  int64_t gain = 0, most = 0;
  for (; whole < items.size() && items[whole].bytes <= room; ++whole) {
    room -= items[whole].bytes;
    gain += items[whole].gain_ns;
  }
  for (const Item& item : items) most = std::max(most, item.gain_ns);
  Filled out{.bound_ns = bound(items, whole, gain, room)};
  Move last;
  size_t best_whole = 0;
  out.gain_ns = -1;
  for (size_t border = whole;; --border) {
    if (gain + most <= out.gain_ns) break;
    const Move move = best_part(filler, std::span(items).subspan(border), room);
    if (gain + move.gain_ns >= out.gain_ns) {
      out.gain_ns = gain + move.gain_ns;
      last = move;
      best_whole = border;
    }
    if (border == 0) break;
    room += items[border - 1].bytes;
    gain -= items[border - 1].gain_ns;
  }
  out.counts = counts;
  const auto take = [&](uint32_t stage, uint32_t steps) {
    out.counts[stage][p.home()] -= steps;
    out.counts[stage][device] += steps;
  };
  for (size_t i = 0; i < best_whole; ++i) take(items[i].stage, items[i].steps);
  if (last.steps) take(last.stage, last.steps);
  return out;
}

}  // namespace straddle::plan
