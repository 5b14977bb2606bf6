// How long a token takes, and how much memory, where each stage has its place. Formulas:
// docs/planner.md.
#pragma once
#include <span>
#include <vector>

#include "plan/problem.h"

namespace straddle::plan {

using Steps = std::span<const uint32_t>;  // of a stage, by device

// A stage, for a token whose vector is at device `at` before it.
struct Passed {
  int64_t change_ns = 0;   // the vector goes to another device first
  int64_t submit_ns = 0;   // of a cut
  int64_t busy_ns = 0;     // from there until all are done
  int64_t hidden_ns = 0;   // what devices do meanwhile beside the one that is waited for
  uint32_t crossings = 0;  // of vectors
  uint32_t at = 0;         // where the vector is then
  int64_t ns() const { return change_ns + submit_ns + busy_ns; }
};
Passed pass(const Problem& problem, const Stage& stage, Steps steps, uint32_t at);

// ns that a device computes of a stage. Home computes what lies on the disk.
int64_t busy_ns(const Problem& problem, const Stage& stage, Steps steps, uint32_t device);

struct Walk {
  std::vector<Passed> stages;
  std::vector<uint32_t> at;  // before each stage
  int64_t end_ns = 0;        // the vector comes home
  int64_t ns = 0;            // of all, without the disk
  int64_t disk_ns = 0;       // reading what lies there
  int64_t total_ns = 0;
  uint32_t crossings = 0;
};
Walk walk(const Problem& problem, const Counts& counts);

// Memory that is taken of each device, scratch and other included.
std::vector<uint64_t> taken_bytes(const Problem& problem, const Counts& counts);
// Of one stage, without those.
uint64_t stage_bytes(const Problem& problem, const Stage& stage, Steps steps, uint32_t device);

// What is taken of home's memory: by home, and by devices that share it.
uint64_t home_bytes(const Problem& problem, std::span<const uint64_t> taken);

// Bytes of home's memory beyond its budget; below 0: room.
int64_t home_excess(const Problem& problem, const Counts& counts);

// Whether each device holds what it is given; those beside home alone.
bool fits(const Problem& problem, std::span<const uint64_t> taken);
bool fits_beside(const Problem& problem, std::span<const uint64_t> taken);

}  // namespace straddle::plan
