// Devices: implementations of ops::DeviceTable. A Program gives the same logits on each, within the
// bounds that tests/device states per op and format.
//
// make_* may be called from any thread; who may call the Device that they give, and when, stands at
// ops::DeviceTable. Several devices may live side by side, each with its own memory and threads.
#pragma once
#include <span>
#include <string>

#include "base/result.h"
#include "ops/device.h"

namespace straddle::device {

struct ReferenceOptions {
  // Looks at all that an op left behind: a Step ends at the first value that is no number (NaN, or
  // infinite), and the error names the weight that was read last.
  bool check = false;
};

// The truth that others are held against: float32 values, sums in double, one thread, plain loops.
Result<ops::Device> make_reference(const ReferenceOptions& options = {});

struct CpuOptions {
  unsigned threads = 0;  // 0: the cores this process may use (affinity, cgroup quota)
  std::string isa;       // "generic", "avx2", "avx512"; empty: the best that this machine has
};

// The processor. Integer products in blocks, the same bytes on every ISA and thread count
// (docs/numbers.md, docs/cpu.md). ErrorKind::usage for an ISA that is unknown or not here.
Result<ops::Device> make_cpu(const CpuOptions& options);

// Memory by which both are planned; the devices' held() are the same.
//
// How make_cpu will keep weights; the reference reads them from the file (Layout::file).
Result<quant::Layout> cpu_layout(const std::string& isa);
// Bytes that a device takes for a Program beside weights, caches and states.
uint64_t cpu_bytes(const ops::Program& program, unsigned threads);
uint64_t reference_bytes(const ops::Program& program);

// Names of the ISAs that this machine can run, the best last. They last for ever.
std::span<const char* const> cpu_isas();

}  // namespace straddle::device
