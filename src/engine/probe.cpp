#include "engine/probe.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/cpu_features.h"
#include "base/limits.h"
#include "base/measured.h"
#include "base/threads.h"
#include "engine/probe_programs.h"

namespace straddle::engine {
namespace {

using device::CpuOptions;
using device::Yardsticks;
using plan::kRateRows;

constexpr uint32_t kColumns = 4096;  // a usual row
constexpr uint64_t kSmallPlane = 512 << 10, kLeastPlane = 32 << 20, kMostPlane = 128 << 20;
constexpr double kPlaneSeconds = 2e-3;  // that reading a plane takes
constexpr uint32_t kPartsOfFree = 128;  // a plane is never more of what is free
constexpr uint32_t kTileRows = 128;
constexpr quant::Format kUsual = quant::Format::Q4_K;
// Weights that are unpacked slower than a sixth of what is read are not waited for by memory.
constexpr double kBoundByMemory = 1.0 / 6;
// A figure is settled when its median is so near to what it is said to be.
constexpr double kSettled = 0.95;
constexpr uint32_t kMostTurns = 3;  // times the turns that are asked for, where a figure does not settle
constexpr double kMostSeconds = 20;  // since the beginning; then no more turns than those
// Short Steps reach what long readings just miss: a share further above was measured wrongly.
constexpr double kAboveReading = 1.1;
constexpr int kTurnsAgainstPhysics = 10;

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

// Where there are as many threads as cores, each keeps to one while it is measured: the system may leave
// two on one core for longer than a short Step lasts, which would then take twice as long.
class OwnCores {
 public:
  explicit OwnCores(const ProbeOptions& options) : all_(allowed_cores()) {
    const unsigned threads = options.threads ? options.threads : usable_cores();
    if (threads == all_.size())
      keep_to_cores({all_.data(), 1});
    else
      all_.clear();
  }
  ~OwnCores() {
    if (!all_.empty()) keep_to_cores(all_);
  }
  OwnCores(const OwnCores&) = delete;
  OwnCores& operator=(const OwnCores&) = delete;
  const std::vector<int>& cores() const { return all_; }

 private:
  std::vector<int> all_;
};

// Four digits: no machine is more constant.
double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return std::strtod(text, nullptr);
}

struct Turn {
  double speed;    // the larger the better
  size_t reading;  // that came before it
};
using Figure = std::vector<Turn>;

// A format's plane and how fast its weights were gone through, in GB/s.
struct Timed {
  const quant::Traits* format;
  std::unique_ptr<Products> plane;
  std::array<Figure, kRateRows.size()> rates = {};
};

std::vector<double> speeds(const Figure& figure) {
  std::vector<double> out;
  for (const Turn& turn : figure) out.push_back(turn.speed);
  return out;
}

bool settled(const std::vector<double>& turns) {
  return median(turns) >= kSettled * upper_quartile(turns);
}

class Probe {
 public:
  Probe(const ProbeOptions& options, const ProbeProgress& progress)
      : options_(options),
        here_(options),
        cpu_{options.threads ? options.threads : unsigned(here_.cores().size()), options.isa,
             here_.cores()},
        going_(progress) {}

  Result<Probed> measure() {
    TRY(prepare_reading());
    TRY(make_planes());
    TRY(time_rates());
    TRY(hold_against_physics());
    plan::DeviceProfile cpu{.name = "cpu",
                            .bytes = std::min(read_limits().memory, read_limits().memory_limit),
                            .basis = plan::Basis::measured};
    const Figure tile = TRY(tile_GMACs()), kv = TRY(kv_GBps());
    cpu.tile_GMACs = rounded(upper_quartile(speeds(tile)));
    cpu.kv_f16_GBps = rounded(GBps(kv));
    cpu.kv_q8_0_GBps = rounded(cpu.kv_f16_GBps * 34 / 64);  // as long for a key as f16 takes
    cpu.op_us = rounded(TRY(op_us()));
    cpu.read_GBps = rounded(median(reads_));
    cpu.rates = rates();
    Probed out{.profile = {.name = cpu_name(), .devices = {std::move(cpu)}}};
    out.reads = reads_;
    out.tile_spread = spread(speeds(tile));
    out.kv_spread = spread(speeds(kv));
    for (const auto* planes : {&fast_, &slow_})
      for (const Timed& timed : *planes) out.rate_spreads.push_back(widest_spread(timed));
    return out;
  }

 private:
  void meet() {
    if (options_.meet) options_.meet();
  }
  void read() {
    meet();
    reads_.push_back(yardsticks_->read_GBps());
  }

  // A host may give half of the memory's speed for seconds: each turn is held against the readings before
  // and after it.
  std::vector<double> shares(const Figure& figure) const {
    std::vector<double> out;
    for (const Turn& turn : figure) {
      const double before = reads_[turn.reading], after = reads_[std::min(turn.reading + 1, reads_.size() - 1)];
      out.push_back(turn.speed / ((before + after) / 2));
    }
    return out;
  }
  // As a long Step meets memory, and as bench measures it.
  double GBps(const Figure& figure) const {
    return std::min(median(shares(figure)), 1.0) * median(reads_);
  }

  Status take(Timed& timed, size_t i) {
    meet();
    const double seconds = TRY(timed.plane->seconds(kRateRows[i]));
    timed.rates[i].push_back({double(timed.plane->bytes()) / seconds / 1e9, reads_.size() - 1});
    return {};
  }
  static double widest_spread(const Timed& timed) {
    double most = 0;
    for (const Figure& rate : timed.rates) most = std::max(most, spread(speeds(rate)));
    return most;
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
    const auto read = uint64_t(median(reads_) * 1e9 * kPlaneSeconds);
    return std::min(std::clamp(read, kLeastPlane, kMostPlane), read_limits().free_memory / kPartsOfFree);
  }

  // A small plane says whether a format is as fast as memory. If not, it is large enough.
  Status make_planes() {
    const auto formats = quant::all_formats();
    for (size_t i = 0; i < formats.size(); ++i) {
      TRY(going_.at(40, 60, i, formats.size()));
      if (!formats[i].dequantize) continue;
      auto timed = TRY(make_plane(formats[i], std::min(kSmallPlane, plane_bytes())));
      for (int warm = 0; warm < 3; ++warm) TRY(take(timed, 0));
      const bool fast = median(shares(timed.rates[0])) > kBoundByMemory;
      if (fast) timed = TRY(make_plane(formats[i], plane_bytes()));
      TRY(take(timed, 0));  // pages come into being
      timed.rates = {};
      (fast ? fast_ : slow_).push_back(std::move(timed));
    }
    return {};
  }

  // Those that are not settled are taken again, which spreads their turns over a longer time.
  Status time_rates() {
    const uint32_t most = options_.turns * kMostTurns;
    for (uint32_t turn = 0; turn < most; ++turn) {
      TRY(going_.at(60, 90, turn, most));
      if (!TRY(take_turn(turn < options_.turns))) break;
      if (!more_after(turn)) break;
    }
    return {};
  }

  // Whether there is time for another turn than those that are asked for.
  bool more_after(uint32_t turn) const {
    return turn + 1 < options_.turns || seconds_since(start_) < kMostSeconds;
  }

  // Format by format at one number of rows: when a plane's turn comes again, the others and the reading
  // have passed through the caches. Whether any figure was taken.
  Result<bool> take_turn(bool all) {
    bool taken = false;
    for (size_t i = 0; i < kRateRows.size(); ++i) {
      read();
      for (auto* planes : {&fast_, &slow_}) {
        for (Timed& timed : *planes) {
          if (!all && settled(shares(timed.rates[i]))) continue;
          TRY(take(timed, i));
          taken = true;
        }
      }
    }
    return taken;
  }

  // Nothing is read faster than memory is: where a rate says so, one of both was disturbed.
  Status hold_against_physics() {
    for (int turn = 0; turn < kTurnsAgainstPhysics; ++turn) {
      bool above = false;
      for (Timed& timed : fast_) {
        for (size_t i = 0; i < kRateRows.size(); ++i) {
          if (median(shares(timed.rates[i])) <= kAboveReading) continue;
          above = true;
          read();
          TRY(take(timed, i));
        }
      }
      if (!above) return {};
      TRY(going_.at(90, 95, uint64_t(turn), kTurnsAgainstPhysics));
    }
    return {};  // capped where they are used; how far readings lay apart is told
  }

  // How many units a second: a step does `work` of them. In its turns caches hold other things.
  template <class F>
  Result<Figure> speed_of(double work, F step) {
    Figure out;
    const uint32_t most = options_.turns * kMostTurns;
    for (uint32_t turn = 0; turn < most; ++turn) {
      read();
      meet();
      const double seconds = TRY(step());
      out.push_back({work / seconds, reads_.size() - 1});
      if (!more_after(turn) || (turn + 1 >= options_.turns && settled(speeds(out)))) break;
    }
    return out;
  }

  const Timed& usual() const {
    for (const auto* planes : {&fast_, &slow_})
      for (const Timed& timed : *planes)
        if (timed.format->format == kUsual) return timed;
    return fast_.front();
  }

  Result<Figure> tile_GMACs() {
    TRY(going_.at(95, 100, 0, 3));
    Products& plane = *usual().plane;
    TRY(plane.seconds(kTileRows));  // pages come into being
    return speed_of(plane.multiply_adds() * kTileRows / 1e9, [&] { return plane.seconds(kTileRows); });
  }

  Result<Figure> kv_GBps() {
    constexpr uint32_t kLayers = 4, kTokens = 4096;
    TRY(going_.at(95, 100, 1, 3));
    const bool small = plane_bytes() < kLeastPlane;
    auto attention = TRY(Attention::make(cpu_, small ? 1 : kLayers, small ? 256 : kTokens));
    return speed_of(double(attention.bytes()) / 1e9, [&] { return attention.seconds(); });
  }

  // Many small matrices, each waiting for the one before, take as long as their bytes in one plane and
  // so many times op_us.
  Result<double> op_us() {
    constexpr uint32_t kSmallColumns = 1024, kMatrices = 64;
    TRY(going_.at(95, 100, 2, 3));
    auto chain =
        TRY(Products::make(cpu_, {&quant::traits(kUsual), kSmallColumns, kSmallColumns, kMatrices}));
    const double bytes = double(chain.bytes()) / 1e9;
    const Figure speed = TRY(speed_of(bytes, [&] { return chain.seconds(1); }));
    const double beside = bytes / GBps(speed) - bytes / GBps(usual().rates[0]);
    return std::max(0.0, beside / kMatrices * 1e6);
  }

  std::vector<plan::FormatRate> rates() const {
    std::vector<plan::FormatRate> out;
    for (const auto* planes : {&fast_, &slow_}) {
      for (const Timed& timed : *planes) {
        plan::FormatRate rate{.format = std::string(timed.format->name)};
        for (size_t i = 0; i < kRateRows.size(); ++i)
          rate.GBps[i] = rounded(GBps(timed.rates[i]));
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
        if (bits >= least && bits < most) found.push_back(GBps(timed.rates[rows]));
      }
      if (!found.empty()) return median(found);
    }
    return median(reads_);
  }

  const ProbeOptions& options_;
  const OwnCores here_;
  const CpuOptions cpu_;
  Going going_;
  std::unique_ptr<Yardsticks> yardsticks_;
  std::vector<double> reads_;  // GB/s of memory
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<Timed> fast_, slow_;  // as fast as memory, or nearly; bound by arithmetic
};

}  // namespace

Result<Probed> probe(const ProbeOptions& options, const ProbeProgress& progress) {
  return Probe(options, progress).measure();
}

}  // namespace straddle::engine
