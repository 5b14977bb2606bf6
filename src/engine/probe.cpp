#include "engine/probe.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/cpu_features.h"
#include "base/limits.h"
#include "base/measured.h"
#include "engine/probe_programs.h"

namespace straddle::engine {
namespace {

using device::CpuOptions;
using device::Yardsticks;
using plan::kRateRows;

constexpr uint32_t kColumns = 4096;  // a usual row
constexpr uint64_t kSmallPlane = 2 << 20, kLeastPlane = 32 << 20, kMostPlane = 128 << 20;
constexpr double kPlaneSeconds = 2e-3;  // that reading a plane takes
constexpr uint32_t kPartsOfFree = 128;  // a plane is never more of what is free
constexpr uint32_t kTileRows = 128;
constexpr quant::Format kUsual = quant::Format::Q4_K;
// Weights that are unpacked slower than a third of what is read are not waited for by memory.
constexpr double kBoundByMemory = 1.0 / 3;
constexpr int kTurnsAgainstPhysics = 30;

// How far it has come, in hundredths; the steps of a phase share its hundredths.
class Going {
 public:
  explicit Going(const ProbeProgress& progress) : progress_(progress) {}
  Status at(double begin, double end, uint64_t done, uint64_t total) {
    const double at = begin + (end - begin) * double(done) / double(total);
    if (!progress_ || progress_(uint64_t(at), 100)) return {};
    return fail(ErrorKind::interrupted, "", "");
  }

 private:
  const ProbeProgress& progress_;
};

// Four digits: no machine is more constant.
double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return std::strtod(text, nullptr);
}

// A format's plane and the times of its Steps.
struct Timed {
  const quant::Traits* format;
  std::unique_ptr<Products> plane;
  std::array<std::vector<double>, kRateRows.size()> seconds = {};

  double GBps(size_t i) const { return double(plane->bytes()) / median(seconds[i]) / 1e9; }
  Status take(size_t i) {
    const double seconds_taken = TRY(plane->seconds(kRateRows[i]));
    seconds[i].push_back(seconds_taken);
    return {};
  }
};

class Probe {
 public:
  Probe(const ProbeOptions& options, const ProbeProgress& progress)
      : options_(options), cpu_{options.threads, options.isa}, going_(progress) {}

  Result<plan::MachineProfile> measure() {
    TRY(prepare_reading());
    TRY(make_planes());
    TRY(time_rates());
    TRY(hold_against_physics());
    plan::DeviceProfile cpu{.name = "cpu",
                            .bytes = std::min(read_limits().memory, read_limits().memory_limit),
                            .basis = plan::Basis::measured};
    cpu.tile_GMACs = rounded(TRY(tile_GMACs()));
    cpu.kv_f16_GBps = rounded(std::min(TRY(kv_GBps()), read_GBps_));
    cpu.kv_q8_0_GBps = rounded(cpu.kv_f16_GBps * 34 / 64);  // as long for a key as f16 takes
    cpu.op_us = rounded(TRY(op_us()));
    cpu.read_GBps = rounded(read_GBps_);
    cpu.rates = rates();
    return plan::MachineProfile{.name = cpu_name(), .devices = {std::move(cpu)}};
  }

 private:
  double read() {
    read_GBps_ = std::max(read_GBps_, yardsticks_->read_GBps());
    return read_GBps_;
  }

  Status prepare_reading() {
    auto made = Yardsticks::make(cpu_, options_.read_bytes, [&](uint64_t done, uint64_t total) {
      return bool(going_.at(0, 40, done, total));
    });
    if (!made) return fail(made);
    yardsticks_ = std::make_unique<Yardsticks>(std::move(*made));
    read();
    return {};
  }

  Result<Timed> make_plane(const quant::Traits& t, uint64_t bytes) {
    const uint64_t row = *quant::row_bytes(t.format, kColumns);
    const auto rows = uint32_t(std::max<uint64_t>(bytes / row / 16, 1) * 16);
    Products::Shape shape{&t, kColumns, rows};
    if (t.format == kUsual) shape.most_rows = kTileRows;
    auto plane = TRY(Products::make(cpu_, shape));
    return Timed{&t, std::make_unique<Products>(std::move(plane))};
  }

  uint64_t plane_bytes() const {
    if (options_.plane_bytes) return options_.plane_bytes;
    const auto read = uint64_t(read_GBps_ * 1e9 * kPlaneSeconds);
    return std::min(std::clamp(read, kLeastPlane, kMostPlane), read_limits().free_memory / kPartsOfFree);
  }

  // A small plane says whether a format is as fast as memory. If not, it is large enough.
  Status make_planes() {
    const auto formats = quant::all_formats();
    for (size_t i = 0; i < formats.size(); ++i) {
      TRY(going_.at(40, 70, i, formats.size()));
      if (!formats[i].dequantize) continue;
      auto timed = TRY(make_plane(formats[i], std::min(kSmallPlane, plane_bytes())));
      for (int warm = 0; warm < 3; ++warm) TRY(timed.take(0));
      const bool fast = timed.GBps(0) > kBoundByMemory * read_GBps_;
      if (fast) timed = TRY(make_plane(formats[i], plane_bytes()));
      timed.seconds = {};
      (fast ? fast_ : slow_).push_back(std::move(timed));
    }
    return {};
  }

  // Format by format at one number of rows: when a plane's turn comes again, the others and the reading
  // have passed through the caches.
  Status time_rates() {
    for (uint32_t turn = 0; turn < options_.turns; ++turn) {
      for (size_t i = 0; i < kRateRows.size(); ++i) {
        read();
        for (auto* planes : {&fast_, &slow_})
          for (Timed& timed : *planes) TRY(timed.take(i));
        TRY(going_.at(70, 90, turn * kRateRows.size() + i, options_.turns * kRateRows.size()));
      }
    }
    return {};
  }

  // Nothing is read faster than memory is: where a rate says so, one of both was disturbed.
  Status hold_against_physics() {
    for (int turn = 0; turn < kTurnsAgainstPhysics; ++turn) {
      bool above = false;
      for (Timed& timed : fast_) {
        for (size_t i = 0; i < kRateRows.size(); ++i) {
          if (timed.GBps(i) <= read_GBps_) continue;
          above = true;
          read();
          TRY(timed.take(i));
        }
      }
      if (!above) return {};
      TRY(going_.at(90, 95, uint64_t(turn), kTurnsAgainstPhysics));
    }
    return fail(ErrorKind::unsupported, "cpu", "weights seem to be read faster than memory is",
                "measure again when no other program runs");
  }

  // Of one number of bytes: the median of turns in which caches hold other things.
  template <class F>
  Result<double> seconds_of(F step) {
    std::vector<double> seconds;
    for (uint32_t turn = 0; turn < options_.turns; ++turn) {
      read();
      const double taken = TRY(step());
      seconds.push_back(taken);
    }
    return median(seconds);
  }

  const Timed& usual() const {
    for (const auto* planes : {&fast_, &slow_})
      for (const Timed& timed : *planes)
        if (timed.format->format == kUsual) return timed;
    return fast_.front();
  }

  Result<double> tile_GMACs() {
    TRY(going_.at(95, 100, 0, 3));
    Products& plane = *usual().plane;
    const double seconds = TRY(seconds_of([&] { return plane.seconds(kTileRows); }));
    return plane.multiply_adds() * kTileRows / seconds / 1e9;
  }

  Result<double> kv_GBps() {
    constexpr uint32_t kLayers = 4, kTokens = 4096;
    TRY(going_.at(95, 100, 1, 3));
    const bool small = plane_bytes() < kLeastPlane;
    auto attention = TRY(Attention::make(cpu_, small ? 1 : kLayers, small ? 256 : kTokens));
    const double seconds = TRY(seconds_of([&] { return attention.seconds(); }));
    return double(attention.bytes()) / seconds / 1e9;
  }

  // Many small matrices, each waiting for the one before, take as long as their bytes in one plane and
  // so many times op_us.
  Result<double> op_us() {
    constexpr uint32_t kSmallColumns = 1024, kMatrices = 64;
    TRY(going_.at(95, 100, 2, 3));
    auto chain =
        TRY(Products::make(cpu_, {&quant::traits(kUsual), kSmallColumns, kSmallColumns, kMatrices}));
    const double seconds = TRY(seconds_of([&] { return chain.seconds(1); }));
    const double of_bytes = double(chain.bytes()) / usual().GBps(0) / 1e9;
    return std::max(0.0, (seconds - of_bytes) / kMatrices * 1e6);
  }

  std::vector<plan::FormatRate> rates() const {
    std::vector<plan::FormatRate> out;
    for (const auto* planes : {&fast_, &slow_}) {
      for (const Timed& timed : *planes) {
        plan::FormatRate rate{.format = std::string(timed.format->name)};
        for (size_t i = 0; i < kRateRows.size(); ++i)
          rate.GBps[i] = rounded(std::min(timed.GBps(i), read_GBps_));
        out.push_back(std::move(rate));
      }
    }
    const auto family = [&](const char* name, double least, double most) {
      plan::FormatRate rate{.format = name};
      for (size_t i = 0; i < kRateRows.size(); ++i) rate.GBps[i] = rounded(middle_of(least, most, i));
      out.push_back(std::move(rate));
    };
    family("4..8", 4, 9);
    family("2..3", 0, 4);
    return out;
  }

  // Of the formats with so many bits a weight, the fast ones if there are any.
  double middle_of(double least, double most, size_t rows) const {
    for (const auto* planes : {&fast_, &slow_}) {
      std::vector<double> found;
      for (const Timed& timed : *planes) {
        const double bits = 8.0 * timed.format->block_bytes / timed.format->block_values;
        if (bits >= least && bits < most) found.push_back(std::min(timed.GBps(rows), read_GBps_));
      }
      if (!found.empty()) return median(found);
    }
    return read_GBps_;
  }

  const ProbeOptions& options_;
  const CpuOptions cpu_;
  Going going_;
  std::unique_ptr<Yardsticks> yardsticks_;
  double read_GBps_ = 0;
  std::vector<Timed> fast_, slow_;  // as fast as memory, or nearly; bound by arithmetic
};

}  // namespace

Result<plan::MachineProfile> probe(const ProbeOptions& options, const ProbeProgress& progress) {
  return Probe(options, progress).measure();
}

}  // namespace straddle::engine
