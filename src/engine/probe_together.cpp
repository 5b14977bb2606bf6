// Several CPU devices are measured at the same time, each by a probe of its own on a thread of its own.
#include <atomic>
#include <barrier>
#include <chrono>
#include <new>

#include "base/measured.h"
#include "base/threads.h"
#include "engine/engine.h"
#include "ops/ring.h"

namespace straddle::engine {
namespace {

constexpr uint64_t kReadBytes = uint64_t(4) << 30;  // of all devices together
constexpr uint32_t kCrossingFloats = 4096;          // a usual row

// A value goes there and one comes back, again and again. Half of a round, in us; 0: no thread was had.
double crossing_us() {
  constexpr int kRounds = 2000;
  ops::Ring there(kCrossingFloats), back(kCrossingFloats);
  auto team = ThreadTeam::make(2);
  if (!team) return 0;
  std::vector<float> value(kCrossingFloats, 1.0f), copy(kCrossingFloats);
  std::vector<double> seconds;
  const auto send = [&](ops::Ring& ring) {
    std::ranges::copy(value, ring.await_free().begin());
    ring.sent();
  };
  const auto take = [](ops::Ring& ring, std::vector<float>& to) {
    std::ranges::copy(ring.await_sent(), to.begin());
    ring.taken();
  };
  auto drive = [&](int thread) {
    for (int round = 0; round < kRounds; ++round) {
      const auto start = std::chrono::steady_clock::now();
      if (thread == 0) send(there);
      take(thread == 0 ? back : there, thread == 0 ? value : copy);
      if (thread == 1) send(back);
      if (thread == 0) seconds.push_back(seconds_since(start));
    }
  };
  (*team)->run(drive);
  return median(seconds) / 2 * 1e6;
}

// The probes of all devices, which meet before each turn; one that ends is waited for no more.
class Probes {
 public:
  Probes(const ProbeOptions& options, std::vector<unsigned> threads, const ProbeProgress& progress)
      : options_(options),
        threads_(std::move(threads)),
        progress_(progress),
        meeting_(ptrdiff_t(threads_.size())),
        found_(threads_.size()) {}

  Result<Probed> run() {
    auto team = TRY(ThreadTeam::make(unsigned(threads_.size())));
    auto drive = [&](int device) {
      found_[size_t(device)] = probe_one(size_t(device));
      if (!found_[size_t(device)]) stopped_ = true;
      meeting_.arrive_and_drop();
    };
    team->run(drive);
    for (auto& found : found_)
      if (!found) return fail(found);
    Probed out = std::move(*found_[0]);
    for (size_t i = 1; i < found_.size(); ++i) {
      out.profile.devices.push_back(std::move(found_[i]->profile.devices[0]));
    }
    return out;
  }

 private:
  // Progress is said on the thread that measures the first one; the others stop where that stops.
  Result<Probed> probe_one(size_t device) {
    ProbeOptions options = options_;
    options.threads = threads_[device];
    options.meet = [this] { meeting_.arrive_and_wait(); };
    if (!options.read_bytes) options.read_bytes = kReadBytes / threads_.size();
    const ProbeProgress go_on = [&, device](uint64_t done, uint64_t total) {
      if (device == 0 && progress_ && !progress_(done, total)) stopped_ = true;
      return !stopped_;
    };
    try {
      return probe(options, go_on);
    } catch (const std::bad_alloc&) {  // nothing may be thrown on a thread of a team
      return fail(ErrorKind::no_memory, "memory", "there is none");
    }
  }

  const ProbeOptions& options_;
  const std::vector<unsigned> threads_;
  const ProbeProgress& progress_;
  std::barrier<> meeting_;
  std::atomic<bool> stopped_{false};
  std::vector<Result<Probed>> found_;
};

}  // namespace

Result<Probed> probe_together(const ProbeOptions& options, uint32_t devices,
                              const ProbeProgress& progress) {
  const auto setups = TRY(Engine::devices_for({.devices = std::vector<std::string>(devices, "cpu"),
                                               .isa = options.isa,
                                               .threads = options.threads}));
  std::vector<unsigned> threads;
  for (const DeviceSetup& setup : setups) threads.push_back(setup.threads);
  Probed out = TRY(Probes(options, std::move(threads), progress).run());
  const double us = crossing_us();
  for (uint32_t d = 1; d < devices; ++d) {
    plan::DeviceProfile& device = out.profile.devices[d];
    device.name = "cpu" + std::to_string(d);
    device.submit_us = device.wake_us = us;
  }
  return out;
}

}  // namespace straddle::engine
