// What `straddle bench` says of what it measured, as a table and as JSON.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace straddle::cli {

// Turns of a figure; all in the same order of time.
using Turns = std::vector<double>;

// One thing that is measured, in turns with the yardsticks.
struct BenchCase {
  bool prompt = false;  // else decode: a row of each of `rows` sequences
  uint32_t rows = 1, depth = 0;
  plan::StepWork step = {};  // of one Step
  plan::StepWork all = {};   // of all rows: a long prompt takes several Steps
  Turns seconds = {};        // for all rows
  Turns read_GBps = {};      // of memory, just before
  Turns int8_GMACs = {};
  // Of what decodes: tokens of a turn, and what each device computed for one.
  std::vector<uint64_t> tokens = {};
  std::vector<Turns> busy_ns = {};
};

struct BenchReport {
  std::string model, isa;
  unsigned threads = 0;
  std::vector<BenchCase> cases;

  Turns reads() const;       // of all cases
  double read_GBps() const;  // medians of all turns
  double int8_GMACs() const;
  // Of the speed that the yardstick allows: reading (decode), or multiplying (prompt).
  double share_of_limit(const BenchCase& one) const;
};

std::string table(const BenchReport& report);
std::string json_text(const BenchReport& report);
// A line where reading memory moved by more than a tenth meanwhile; else empty.
std::string unrest(const Turns& read_GBps);

}  // namespace straddle::cli
