// Measures what this machine can do, without a model: planes of random weights, larger than caches, on
// the device that will compute, with its threads. How and why: docs/measuring.md.
//
// Any thread. It takes as much of the machine as a model that runs, and some GB of memory, for about ten
// seconds; what else runs meanwhile is measured too.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"

namespace straddle::engine {

struct ProbeOptions {
  std::string isa;       // empty: the best that the machine has
  uint32_t threads = 0;  // 0: the cores given to this process
  // Of each figure at least so many turns are taken, up to three times as many where they disagree.
  uint32_t turns = 11;
  // Called before each turn; where several devices are measured at the same time, they meet there.
  std::function<void()> meet = {};
  // Memory for plain reads and for a plane of weights. 0: 4 GiB, and what is read in 2 ms.
  uint64_t read_bytes = 0, plane_bytes = 0;
};

// On the thread that measures, before probe returns. false: stop, `interrupted`.
using ProbeProgress = std::function<bool(uint64_t done, uint64_t total)>;

// Spreads: the largest less the smallest turn, as a share of the median.
struct Probed {
  plan::MachineProfile profile;
  std::vector<double> reads;  // GB/s of memory, all turns
  double tile_spread = 0, kv_spread = 0;
  std::vector<double>
      rate_spreads;  // of the first rates of the device, the widest of all rows; families have none
};

// One device, `cpu`. Rates of all formats that can be computed with, those of the families `4..8` and
// `2..3` being medians of what is packed; keys and values of q8_0, which no device has yet, are taken to
// cost as much time as those of f16. `bytes` is the memory of the machine, or what control groups leave
// of it. Errors: as of device::make_cpu.
Result<Probed> probe(const ProbeOptions& options, const ProbeProgress& progress = {});

// So many CPU devices that share the threads and compute at the same time, each as fast as it is then:
// `cpu`, `cpu1` ..., and what a crossing between two of them takes. Turns and spreads are those of the first.
Result<Probed> probe_together(const ProbeOptions& options, uint32_t devices,
                              const ProbeProgress& progress = {});

}  // namespace straddle::engine
