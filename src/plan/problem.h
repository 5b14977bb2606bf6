// What the search works on: a model as stages that follow one another, and what each share of a stage
// takes on each device. Steps are the places where the planner may cut: 0 .. Stage::steps.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "plan/plan.h"

namespace straddle::plan {

__extension__ typedef __int128 Wide;  // ns times bytes

// Some steps of a stage on a device.
struct Share {
  uint64_t weights = 0, kv = 0;    // memory there
  uint64_t read = 0, kv_read = 0;  // by one decode step
  int64_t ns = 0;
  uint64_t bytes() const { return weights + kv; }
  bool operator==(const Share&) const = default;
};

struct Stage {
  model::PartKind kind = model::PartKind::feed_forward;
  uint32_t layer = ops::kNone, part = 0, cut = 0;
  uint32_t steps = 1, border = 1;  // border: units of a step; the last step may have fewer
  bool fixed = false;              // by a pin: only the disk may take some of what home has
  bool whole = false;              // never cut by the search
  bool tied = false;               // the table of tokens that is the output too: it stays where it is
  uint32_t table_at = 0;           // of an output: the device that looks up tokens
  uint32_t follows = ops::kNone;   // the stage whose cache it reads, and whose device it shares
  // [device][n]: n steps there. Home has the last ones, the others lead. The disk: weights and read
  // only.
  std::vector<std::vector<Share>> on;
  // The same for the last steps, whose last unit may be smaller: where there are more devices than two.
  std::vector<std::vector<Share>> last;
  uint64_t rest = 0;  // of `weights` home holds this where others have all the steps between them

  // What a card has: others may stand before it, and behind it.
  const Share& share(std::span<const uint32_t> row, uint32_t device) const {
    const auto has = [](uint32_t n) { return n > 0; };
    const bool led = !last.empty() && row[device] < steps && !row[0];
    const bool ends = led && std::none_of(row.begin() + device + 1, row.end(), has);
    return (ends ? last : on)[device][row[device]];
  }

  uint32_t units(const model::Cut& of, uint32_t n) const {
    return uint32_t(std::min<uint64_t>(uint64_t(n) * border, of.units));
  }
};

struct Place {
  PlaceKind kind = PlaceKind::cpu;
  uint64_t budget = 0;
  uint64_t scratch = 0, other = 0;  // taken where the device has any share; home always
  int64_t submit_ns = 0, wake_ns = 0;
  bool unified = false;         // its memory and bandwidth are home's
  bool in_home_memory = false;  // its memory is: of unified devices, and of more processors
  uint64_t fixed() const { return scratch + other; }
  int64_t change_ns() const { return submit_ns + wake_ns; }  // the vector goes there, or comes home
  bool operator==(const Place&) const = default;
};

struct Problem {
  std::vector<Place> places;  // home first, the disk last: with a rate of 0 where there is none
  double disk_GBps = 0;
  int64_t disk_block_ns = 0;  // until the first block is there
  uint64_t disk_ring = 0;     // RAM for blocks that wait, where the disk is used
  bool overlap = true;
  int64_t mixed_ns = 0;  // of a token where two devices are used
  int64_t host_ns = 0;   // outside of stages
  std::vector<Stage> stages;
  uint32_t layers = 0;

  // Nothing fixes the place of a stage, and no other stage has to go with it.
  bool stands_alone(uint32_t s) const {
    const auto reads_it = [&](const Stage& other) { return other.follows == s; };
    const Stage& stage = stages[s];
    return !stage.fixed && !stage.tied && stage.follows == ops::kNone &&
           std::none_of(stages.begin(), stages.end(), reads_it);
  }

  uint32_t home() const { return 0; }
  uint32_t disk() const { return uint32_t(places.size()) - 1; }
  bool has_disk() const { return disk_GBps > 0; }
};

// Steps of each stage on each device: a row of places.size() numbers for each stage, sum = its steps.
class Counts {
 public:
  Counts() = default;
  explicit Counts(const Problem& p) : columns_(p.places.size()), steps_(columns_ * p.stages.size()) {
    for (size_t s = 0; s < p.stages.size(); ++s) steps_[s * columns_] = p.stages[s].steps;
  }
  std::span<uint32_t> operator[](size_t stage) { return {&steps_[stage * columns_], columns_}; }
  std::span<const uint32_t> operator[](size_t stage) const {
    return {&steps_[stage * columns_], columns_};
  }
  bool operator==(const Counts&) const = default;

 private:
  size_t columns_ = 0;
  std::vector<uint32_t> steps_;
};

}  // namespace straddle::plan
