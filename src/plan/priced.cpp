#include "plan/priced.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plan/fill.h"

namespace straddle::plan {
namespace {

constexpr size_t kMostChoices = 20'000;  // of all stages
constexpr int kMostPrices = 40;
constexpr double kLeastHomePrice = 1.0 / 256, kMostHomePrice = 64;  // of what a byte costs on average
constexpr int kHomePrices = 12;

// Steps of a stage on each device.
struct Choice {
  std::vector<uint32_t> steps;
  std::vector<int64_t> ns;        // by where the vector is before
  uint64_t home = 0, beside = 0;  // bytes
  uint32_t to = 0;                // where the vector is then
};

class Choices {
 public:
  Choices(const Problem& p, const Counts& pinned, const std::vector<uint32_t>& devices)
      : p_(p), devices_(devices), short_(home_is_short(p)), of_(p.stages.size()) {
    for (uint32_t s = 0; s < p.stages.size() && count_ <= kMostChoices; ++s) {
      add(s, pinned[s]);
      if (movable(pinned, s)) add_moves(s, pinned[s]);
    }
  }
  bool too_many() const { return count_ > kMostChoices; }
  const std::vector<Choice>& operator[](size_t stage) const { return of_[stage]; }

 private:
  // What is linked to other stages is left to the families.
  bool movable(const Counts& pinned, uint32_t s) const {
    return pinned[s][p_.home()] == p_.stages[s].steps && p_.stands_alone(s);
  }

  void add(uint32_t s, Steps steps) {
    Choice out{.steps = {steps.begin(), steps.end()}};
    for (uint32_t at = 0; at < p_.disk(); ++at) {
      const Passed passed = pass(p_, p_.stages[s], steps, at);
      out.ns.push_back(passed.ns());
      out.to = passed.at;
    }
    out.home = stage_bytes(p_, p_.stages[s], steps, p_.home());
    for (const uint32_t d : devices_) out.beside += stage_bytes(p_, p_.stages[s], steps, d);
    of_[s].push_back(std::move(out));
    ++count_;
  }

  void add_moves(uint32_t s, Steps home) {
    std::vector<uint32_t> steps(home.begin(), home.end());
    const auto move = [&](uint32_t d, uint32_t n) { steps[p_.home()] -= n, steps[d] += n; };
    for (const uint32_t d : devices_) {
      const Sensible sensible(p_, p_.stages[s], home, d, short_);
      for (uint32_t n = 1; n <= p_.stages[s].steps; ++n) {
        if (!sensible(n)) continue;
        move(d, n);
        add(s, steps);
        add_shared(s, home, d, steps);
        steps.assign(home.begin(), home.end());
      }
    }
  }

  // Some of it on each of two devices.
  void add_shared(uint32_t s, Steps home, uint32_t first, std::vector<uint32_t> steps) {
    for (const uint32_t d : devices_) {
      if (d <= first || p_.stages[s].whole || p_.places[first].unified) continue;
      const Sensible sensible(p_, p_.stages[s], home, d, short_);
      for (uint32_t n = 1; steps[p_.home()] > 0 && sensible(n); ++n) {
        if (count_ > kMostChoices) return;
        --steps[p_.home()], ++steps[d];
        add(s, steps);
      }
    }
  }

  const Problem& p_;
  const std::vector<uint32_t>& devices_;
  bool short_;
  size_t count_ = 0;
  std::vector<std::vector<Choice>> of_;
};

struct Way {
  Counts counts;
  double cost = 0, bytes = 0;  // cost: ns, with the price of home's bytes; bytes beside home
};

class Pricer {
 public:
  Pricer(const Problem& p, const Choices& choices, double home_price)
      : p_(p), choices_(choices), home_price_(home_price) {}

  // The best way through all stages, from the last one back.
  Way best(const Counts& like, double price) const {
    const size_t stages = p_.stages.size();
    const uint32_t devices = p_.disk();
    std::vector<double> after(devices), before(devices);
    std::vector<uint32_t> chosen(stages * devices);
    for (uint32_t d = 1; d < devices; ++d) after[d] = double(p_.places[d].change_ns());
    for (size_t s = stages; s-- > 0; std::swap(before, after)) {
      std::fill(before.begin(), before.end(), std::numeric_limits<double>::max());
      for (uint32_t i = 0; i < choices_[s].size(); ++i) {
        const Choice& choice = choices_[s][i];
        const double rest =
            home_price_ * double(choice.home) + price * double(choice.beside) + after[choice.to];
        for (uint32_t at = 0; at < devices; ++at) {
          const double cost = rest + double(choice.ns[at]);
          if (cost >= before[at]) continue;
          before[at] = cost;
          chosen[s * devices + at] = i;
        }
      }
    }
    return follow(like, chosen);
  }

 private:
  Way follow(const Counts& like, const std::vector<uint32_t>& chosen) const {
    Way out{.counts = like};
    uint32_t at = p_.home();
    for (size_t s = 0; s < p_.stages.size(); ++s) {
      const Choice& choice = choices_[s][chosen[s * p_.disk() + at]];
      std::copy(choice.steps.begin(), choice.steps.end(), out.counts[s].begin());
      out.bytes += double(choice.beside);
      out.cost += double(choice.ns[at]) + home_price_ * double(choice.home);
      at = choice.to;
    }
    if (at != p_.home()) out.cost += double(p_.places[at].change_ns());
    return out;
  }

  const Problem& p_;
  const Choices& choices_;
  double home_price_;
};

bool fits_beside(const Problem& p, const Counts& counts) {
  return fits_beside(p, taken_bytes(p, counts));
}

// The most steps of what `much` gives other devices of a stage that still fit.
void take_part(const Problem& p, const Counts& much, size_t stage, Counts& out) {
  if (p.stages[stage].whole) return;
  const std::vector<uint32_t> kept(out[stage].begin(), out[stage].end());
  for (uint32_t d = 1; d < p.disk(); ++d) {
    if (kept[p.home()] < p.stages[stage].steps || !much[stage][d]) continue;
    const auto give = [&](uint32_t n) {
      std::copy(kept.begin(), kept.end(), out[stage].begin());
      out[stage][p.home()] -= n;
      out[stage][d] += n;
    };
    uint32_t fit = 0, beyond = much[stage][d] + 1;
    while (beyond - fit > 1) {
      const uint32_t middle = (fit + beyond) / 2;
      give(middle);
      (fits_beside(p, out) ? fit : beyond) = middle;
    }
    return give(fit);
  }
}

// As much of `much` as fits, the rest as in `little`: from the first stage on, or from the last.
Counts between(const Problem& p, const Counts& little, const Counts& much, bool last) {
  const size_t stages = p.stages.size();
  const auto nth = [&](size_t i) { return last ? stages - 1 - i : i; };
  const auto mixed = [&](size_t count) {
    Counts out = little;
    for (size_t i = 0; i < count; ++i)
      std::copy(much[nth(i)].begin(), much[nth(i)].end(), out[nth(i)].begin());
    return out;
  };
  size_t fit = 0, beyond = stages;
  while (beyond - fit > 1) {
    const size_t middle = (fit + beyond) / 2;
    (fits_beside(p, mixed(middle)) ? fit : beyond) = middle;
  }
  Counts out = mixed(fit);
  if (fit < stages) take_part(p, much, nth(fit), out);
  return out;
}

// The two plans on either side of the price at which the devices are full, and what lies between.
// Returned: whether home holds the rest of the one that fits.
bool add_near_full(const Problem& p, const Pricer& pricer, const Counts& pinned,
                   std::vector<Counts>& out) {
  Way much = pricer.best(pinned, 0), little = pricer.best(pinned, 1e30);
  if (fits_beside(p, much.counts)) {
    out.push_back(std::move(much.counts));
    return home_excess(p, out.back()) <= 0;
  }
  for (int i = 0; i < kMostPrices && much.bytes > little.bytes; ++i) {
    const double price = (little.cost - much.cost) / (much.bytes - little.bytes);
    Way way = pricer.best(pinned, price);
    if (way.bytes == much.bytes || way.bytes == little.bytes) break;
    const bool fit = fits_beside(p, way.counts);
    (fit ? little : much) = std::move(way);
    if (fit) out.push_back(little.counts);
  }
  for (const bool last : {false, true}) out.push_back(between(p, little.counts, much.counts, last));
  return home_excess(p, out.back()) <= 0;
}

}  // namespace

std::vector<Counts> priced(const Problem& p, const Counts& pinned,
                           const std::vector<uint32_t>& devices) {
  std::vector<Counts> out;
  if (!p.overlap || p.mixed_ns > 0 || devices.empty()) return out;
  const std::vector<uint64_t> taken = taken_bytes(p, pinned);
  const Choices choices(p, pinned, devices);
  if (choices.too_many()) return out;
  add_near_full(p, Pricer(p, choices, 0), pinned, out);
  if (!home_is_short(p)) return out;
  // The price of home's bytes at which it is just full.
  const double each = double(walk(p, pinned).ns) / double(taken[p.home()]);  // ns a byte of home costs
  double little = each * kLeastHomePrice, much = each * kMostHomePrice;
  add_near_full(p, Pricer(p, choices, much), pinned, out);
  for (int i = 0; i < kHomePrices; ++i) {
    const double price = std::sqrt(little * much);
    (add_near_full(p, Pricer(p, choices, price), pinned, out) ? much : little) = price;
  }
  return out;
}

}  // namespace straddle::plan
