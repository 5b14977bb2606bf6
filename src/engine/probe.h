// Measures what this machine can do, without a model: planes of random weights, larger than caches, on
// the device that will compute, with its threads. How and why: docs/measuring.md.
//
// Any thread. It takes as much of the machine as a model that runs, and some GB of memory, for about ten
// seconds; what else runs meanwhile is measured too.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "plan/plan.h"

namespace straddle::engine {

struct ProbeOptions {
  std::string isa;       // empty: the best that the machine has
  uint32_t threads = 0;  // 0: the cores given to this process
  // Of each figure the median of so many turns is taken, but for reading, of which the best.
  uint32_t turns = 5;
  // Memory for plain reads and for a plane of weights. 0: 4 GiB, and what is read in 2 ms.
  uint64_t read_bytes = 0, plane_bytes = 0;
};

// On the thread that measures, before probe returns. false: stop, `interrupted`.
using ProbeProgress = std::function<bool(uint64_t done, uint64_t total)>;

// One device, `cpu`. Rates of all formats that can be computed with, those of the families `4..8` and
// `2..3` being medians of what is packed; keys and values of q8_0, which no device has yet, are taken to
// cost as much time as those of f16. `bytes` is the memory of the machine, or what control groups leave
// of it. Errors: as of device::make_cpu; `unsupported` where weights seem to be read faster than memory
// is, however often both are measured.
Result<plan::MachineProfile> probe(const ProbeOptions& options, const ProbeProgress& progress = {});

}  // namespace straddle::engine
