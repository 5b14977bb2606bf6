// Devices: implementations of ops::Device. A Program gives the same logits on each, within the
// bounds that tests/device states per op and format.
//
// make_* may be called from any thread; who may call the Device that they give, and when, stands at
// ops::Device. Several devices may live side by side, each with its own memory and threads.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ops/device.h"

namespace straddle::device {

struct ReferenceOptions {
  // Looks at all that an op left behind: a Step ends at the first value that is no number (NaN, or
  // infinite), and the error names the weight that was read last.
  bool check = false;
};

// The truth that others are held against: float32 values, sums in double, one thread, plain loops.
Result<ops::OwnDevice> make_reference(const ReferenceOptions& options = {});

struct CpuOptions {
  unsigned threads = 0;         // 0: the cores this process may use (affinity, cgroup quota)
  std::string isa;              // "generic", "avx2", "avx512"; empty: the best that this machine has
  std::vector<int> cores = {};  // that thread 1 .. threads - 1 keep to, by its number; empty: any
  std::string name = "cpu";     // its thread t is called NAME-t; thread 0 is who runs it
};

// The processor. Integer products in blocks, the same bytes on every ISA and thread count
// (docs/numbers.md, docs/cpu.md). ErrorKind::usage for an ISA that is unknown or not here.
Result<ops::OwnDevice> make_cpu(const CpuOptions& options);

// What the processor can do at most, as threads like those of a CPU device measure it: the limits that
// figures of a device are held against (docs/measuring.md). It has memory and threads of its own, and is
// used by one thread at a time. A figure is of one turn: who compares takes turns with what is compared.
class Yardsticks {
 public:
  // On the thread that calls make, before it returns. false: stop, `interrupted`.
  using Progress = std::function<bool(uint64_t done, uint64_t total)>;

  // Tries memory on small pages (a quarter of it) and on huge ones, and keeps the kind that is read
  // faster. bytes: 0 is 4 GiB; never more than half of what is free. Errors as of make_cpu.
  static Result<Yardsticks> make(const CpuOptions& options, uint64_t bytes = 0,
                                 const Progress& progress = {});
  Yardsticks(Yardsticks&&) noexcept;
  ~Yardsticks();

  const char* isa() const;  // in use
  unsigned threads() const;
  uint64_t bytes() const;  // of memory
  // GB (10^9 bytes) a second of plain loads by all threads: a quarter of the memory, next time the next.
  double read_GBps();
  // 10^9 multiply-adds of int8 a second: products in registers, as packed products do them, of all
  // threads for some 20 ms.
  double int8_GMACs();

  struct Impl;

 private:
  explicit Yardsticks(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// What needs are counted by; the devices' held() are the same.
//
// How make_cpu will keep weights; the reference reads them from the file (Layout::file).
Result<quant::Layout> cpu_layout(const std::string& isa);
// Bytes that a device takes for a Program beside weights, caches and states.
uint64_t cpu_bytes(const ops::Program& program, unsigned threads);
uint64_t reference_bytes(const ops::Program& program);

// Names of the ISAs that this machine can run, the best last. They last for ever.
std::span<const char* const> cpu_isas();

}  // namespace straddle::device
