// bench_kernels [THREADS [MEGABYTES [COLUMNS [FORMAT...]]]]: products of a matrix far larger than the
// caches with 1 to 128 rows of activations, per format and ISA, in turns with plain reads of as much
// memory. Figures: best of the turns; GB/s of weights as in the file, and the share of the read
// speed (few rows) or of the int8 peak (128 rows).
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/threads.h"
#include "device/device.h"
#include "peak.h"

namespace straddle::bench {
namespace {

// One thread: its own CPU time, which other programs on the machine do not stretch; else the clock.
double now(unsigned threads) {
  timespec t;
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

struct Options {
  unsigned threads = 2;
  uint64_t bytes = 192u << 20, columns = 4096;
  std::vector<std::string> formats{"Q4_K", "Q6_K", "Q8_0", "Q4_0",   "Q4_1", "Q5_0",
                                   "Q5_K", "Q2_K", "Q3_K", "IQ4_XS", "F16"};
};

// Finite random blocks, repeated.
std::vector<uint8_t> make_weights(const quant::Traits& t, uint64_t bytes) {
  std::mt19937 random(1);
  std::vector<uint8_t> some(size_t(t.block_bytes) * 512), out(bytes);
  std::vector<float> values(t.block_values);
  for (size_t at = 0; at < some.size(); at += t.block_bytes) {
    bool fine = false;
    while (!fine) {
      for (size_t i = 0; i < t.block_bytes; ++i) some[at + i] = uint8_t(random());
      t.dequantize(&some[at], values.data(), values.size());
      fine = std::all_of(values.begin(), values.end(), [](float v) { return v > -10 && v < 10; });
    }
  }
  for (size_t at = 0; at < out.size(); at += some.size()) {
    std::memcpy(&out[at], some.data(), std::min(some.size(), out.size() - at));
  }
  return out;
}

constexpr uint32_t kMaxRows = 128;

// One matrix with its inputs on one device.
class Bench {
 public:
  Bench(const Options& options, const char* isa, const quant::Traits& t)
      : threads_(options.threads),
        columns_(uint32_t(options.columns)),
        device_(std::move(*device::make_cpu({options.threads, isa}))),
        weights_() {
    const uint64_t row = options.columns / t.block_values * t.block_bytes;
    const uint64_t rows = options.bytes / row / 16 * 16;
    weights_ = make_weights(t, rows * row);
    inputs_.resize(kMaxRows * options.columns * 4);
    std::mt19937 random(2);
    std::normal_distribution<float> normal;
    for (size_t i = 0; i < inputs_.size(); i += 4) {
      const float v = normal(random);
      std::memcpy(&inputs_[i], &v, 4);
    }
    const uint32_t columns = columns_;
    const ops::Weight table = load(quant::Format::F32, kMaxRows, inputs_);
    const ops::Weight w = load(t.format, uint32_t(rows), weights_);
    ops::Program p;
    const ops::Value in{0, columns, 0, columns}, out{columns, uint32_t(rows), 0, uint32_t(rows)};
    p.ops = {ops::Embed{table, in}, ops::MatMul{in, out, w}};
    p.row_floats = columns + uint32_t(rows);
    p.result = out;
    p.max_rows = p.max_wanted = kMaxRows;
    if (!device_->record(std::move(p))) std::abort();
    for (uint32_t r = 0; r < kMaxRows; ++r) {
      tokens_.push_back(int32_t(r));
      zeros_.push_back(0);
    }
  }

  double seconds(uint32_t rows) {
    const ops::SequenceView view{.length = 1};
    const ops::Step step{
        {tokens_.data(), rows}, {zeros_.data(), rows}, {zeros_.data(), rows}, {&view, 1}, {}, {}, {}};
    const double start = now(threads_);
    if (!device_->run(0, step)) std::abort();
    return now(threads_) - start;
  }
  const std::vector<uint8_t>& weights() const { return weights_; }

 private:
  ops::Weight load(quant::Format format, uint32_t rows, std::span<const uint8_t> bytes) {
    const ops::Piece piece{bytes, rows};
    return {*device_->load({format, columns_, rows, {&piece, 1}}), format, columns_, rows};
  }

  const unsigned threads_;
  const uint32_t columns_;
  ops::OwnDevice device_;
  std::vector<uint8_t> weights_, inputs_;
  std::vector<int32_t> tokens_;
  std::vector<uint32_t> zeros_;
};

// Memory of the yardstick, on huge pages as the packed weights are.
class HugePages {
 public:
  explicit HugePages(uint64_t bytes)
      : size_(bytes), p_(static_cast<uint8_t*>(std::aligned_alloc(2 << 20, bytes))) {
    madvise(p_, size_, MADV_HUGEPAGE);
    std::memset(p_, 1, size_);
  }
  HugePages(const HugePages&) = delete;
  ~HugePages() { std::free(p_); }
  const uint8_t* data() const { return p_; }
  uint64_t size() const { return size_; }

 private:
  uint64_t size_;
  uint8_t* p_;
};

double read_seconds(ThreadTeam& team, const HugePages& bytes) {
  std::vector<uint64_t> sums(size_t(team.threads()));
  auto work = [&](int t) {
    const size_t part = bytes.size() / size_t(team.threads()) / 64 * 64;
    sums[size_t(t)] = read_all(bytes.data() + size_t(t) * part, part);
  };
  const double start = now(unsigned(team.threads()));
  team.run(work);
  return now(unsigned(team.threads())) - start;
}

double peak(ThreadTeam& team, const char* isa) {
  double best = 0;
  for (int turn = 0; turn < 10; ++turn) {
    auto work = [&](int) { int8_products(isa, 200000); };
    const double start = now(unsigned(team.threads()));
    team.run(work);
    const double seconds = now(unsigned(team.threads())) - start;
    best = std::max(best, team.threads() * int8_products(isa, 1) * 200000 / seconds);
  }
  return best;
}

void bench_format(const Options& options, ThreadTeam& team, const HugePages& pages, const char* isa,
                  double int8_peak, const quant::Traits& t) {
  Bench bench(options, isa, t);
  std::printf("%-7s %-7s", isa, std::string(t.name).c_str());
  for (uint32_t rows : {1u, 2u, 4u, 8u, kMaxRows}) {
    double best = 1e9, read = 1e9;
    for (int turn = 0; turn < (rows < kMaxRows ? 12 : 3); ++turn) {
      read = std::min(read, read_seconds(team, pages));
      best = std::min(best, bench.seconds(rows));
    }
    const auto bytes = double(bench.weights().size());
    const double share = read * (bytes / double(pages.size())) / best;
    if (rows < kMaxRows) {
      std::printf("  %6.1f %4.2f", bytes / best / 1e9, share);
    } else {
      const double products = bytes / t.block_bytes * t.block_values * rows / best;
      std::printf("  %6.0f %4.2f", products / 1e9, int8_peak > 0 ? products / int8_peak : 0.0);
    }
    if (rows == 1) std::printf(" (read %.1f)", double(pages.size()) / read / 1e9);
    std::fflush(stdout);
  }
  std::printf("\n");
}

Options parse(int argc, char** argv) {
  Options o;
  if (argc > 1) o.threads = unsigned(std::atoi(argv[1]));
  if (argc > 2) o.bytes = uint64_t(std::atoll(argv[2])) << 20;
  if (argc > 3) o.columns = uint64_t(std::atoll(argv[3]));
  if (argc > 4) o.formats.assign(argv + 4, argv + argc);
  return o;
}

void run(const Options& options) {
  auto team = *ThreadTeam::make(options.threads);
  const HugePages pages(options.bytes);
  std::printf("%u threads, %llu MB, %llu columns\n", options.threads,
              static_cast<unsigned long long>(options.bytes >> 20),
              static_cast<unsigned long long>(options.columns));
  for (const char* isa : device::cpu_isas()) {
    if (std::strcmp(isa, "generic") == 0 && options.formats.size() > 1) continue;
    const double int8_peak = peak(*team, isa);
    std::printf(
        "%s: int8 peak %.0f GMAC/s; per format GB/s and share of read at 1, 2, 4, 8 rows, GMAC/s "
        "and share of peak at 128\n",
        isa, int8_peak / 1e9);
    for (const std::string& name : options.formats) {
      const auto format = quant::format_by_name(name);
      if (format) bench_format(options, *team, pages, isa, int8_peak, quant::traits(*format));
    }
  }
}

}  // namespace
}  // namespace straddle::bench

int main(int argc, char** argv) { straddle::bench::run(straddle::bench::parse(argc, argv)); }
