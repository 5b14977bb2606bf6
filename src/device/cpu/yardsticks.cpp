// The yardsticks of device.h, by kernels of the instruction set and a team like that of a device.
#include <algorithm>
#include <chrono>
#include <limits>

#include "base/limits.h"
#include "base/measured.h"
#include "device/cpu/machine.h"
#include "device/device.h"

namespace straddle::device {

using Clock = std::chrono::steady_clock;
using cpu::Memory;

struct Yardsticks::Impl {
  const cpu::Kernels* kernels;  // of the instruction set in use
  const cpu::Kernels* reader;   // of the best one
  std::unique_ptr<ThreadTeam> team;
  Memory memory = {};
  int next = 0;  // quarter to read
};

namespace {

constexpr uint64_t kPiece = 32 << 20;                 // touched between two looks at `progress`
constexpr uint64_t kUsual = uint64_t(4) << 30;        // far more than caches hold
constexpr int kQuarters = 4, kTries = 2 * kQuarters;  // turns on each kind of pages
constexpr double kLeastSeconds = 5e-3;                // of multiplying
constexpr int kMultiplyTries = 3;

// Each thread has as many bytes of memory, in whole runs of four lines.
std::span<uint8_t> part_of(const Yardsticks::Impl& impl, int thread) {
  const size_t each = impl.memory.bytes() / size_t(impl.team->threads()) / 256 * 256;
  return {impl.memory.data() + size_t(thread) * each, each};
}

// Pages come into being where a byte of them is written: by the threads that will read them.
void touch(std::span<uint8_t> bytes) {
  constexpr size_t kPage = 4096;
  for (size_t at = 0; at < bytes.size(); at += kPage) bytes[at] = 1;
}

// go_on: told how many bytes are there.
Status fill(Yardsticks::Impl& impl, uint64_t bytes, Memory::Pages pages,
            const std::function<bool(uint64_t)>& go_on) {
  impl.memory = Memory();
  impl.memory = TRY(Memory::make(bytes, pages));
  const size_t each = part_of(impl, 0).size();
  for (size_t at = 0; at < each; at += kPiece) {
    const size_t size = std::min<size_t>(kPiece, each - at);
    auto write = [&](int thread) { touch(part_of(impl, thread).subspan(at, size)); };
    impl.team->run(write);
    if (!go_on((at + size) * uint64_t(impl.team->threads())))
      return fail(ErrorKind::interrupted, "", "");
  }
  return {};
}

double best_of_tries(Yardsticks& yardsticks) {
  double best = 0;
  for (int i = 0; i < kTries; ++i) best = std::max(best, yardsticks.read_GBps());
  return best;
}

}  // namespace

Yardsticks::Yardsticks(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Yardsticks::Yardsticks(Yardsticks&&) noexcept = default;
Yardsticks::~Yardsticks() = default;

// Huge pages come last and are kept where they are as good, so that mostly no third filling is needed.
Result<Yardsticks> Yardsticks::make(const CpuOptions& options, uint64_t bytes,
                                    const Progress& progress) {
  const cpu::Isas isas = cpu::usable_isas();
  auto kernels = TRY(cpu::choose_kernels(options.isa));
  auto team = TRY(ThreadTeam::make(options.threads ? options.threads : usable_cores(),
                                   {.cores = options.cores, .names = {}}));
  Yardsticks out(std::make_unique<Impl>(Impl{kernels, isas.tables[isas.count - 1], std::move(team)}));
  const uint64_t most = read_limits().free_memory / 2;
  bytes = std::max<uint64_t>(1 << 20, std::min(bytes ? bytes : kUsual, most));
  const uint64_t few = bytes / kQuarters;  // small pages take long to come into being
  const auto from = [&](uint64_t before) {
    return [=, &progress](uint64_t done) { return !progress || progress(before + done, few + bytes); };
  };
  TRY(fill(*out.impl_, few, Memory::Pages::small, from(0)));
  const double small = best_of_tries(out);
  TRY(fill(*out.impl_, bytes, Memory::Pages::huge, from(few)));
  if (best_of_tries(out) >= small) return out;
  TRY(fill(*out.impl_, bytes, Memory::Pages::small, [&](uint64_t) { return from(few)(bytes); }));
  return out;
}

const char* Yardsticks::isa() const { return impl_->kernels->isa; }
unsigned Yardsticks::threads() const { return unsigned(impl_->team->threads()); }
uint64_t Yardsticks::bytes() const { return part_of(*impl_, 0).size() * threads(); }

double Yardsticks::read_GBps() {
  const size_t quarter = part_of(*impl_, 0).size() / kQuarters / 256 * 256;
  const size_t at = quarter * size_t(impl_->next++ % kQuarters);
  auto work = [&](int thread) {
    impl_->reader->read_lines(part_of(*impl_, thread).data() + at, quarter);
  };
  const auto start = Clock::now();
  impl_->team->run(work);
  return double(quarter) * threads() / seconds_since(start) / 1e9;
}

// The best of a few tries: one of them alone may have waited for another program.
double Yardsticks::int8_GMACs() {
  for (size_t rounds = 1 << 14;; rounds *= 2) {
    auto work = [&](int) { impl_->kernels->multiply_adds(rounds); };
    double seconds = std::numeric_limits<double>::max();
    for (int i = 0; i < kMultiplyTries; ++i) {
      const auto start = Clock::now();
      impl_->team->run(work);
      seconds = std::min(seconds, seconds_since(start));
    }
    if (seconds < kLeastSeconds) continue;
    return double(impl_->kernels->multiply_adds(1)) * double(rounds) * threads() / seconds / 1e9;
  }
}

}  // namespace straddle::device
