// bench_attention [THREADS [TOKENS [LAYERS]]]: one token that looks at all of its keys and values,
// by how many query heads share them, per ISA, in turns with plain reads. Figures: best of the turns;
// GB/s of keys and values, and the share of the read speed; of prompts of 128 rows, 10^9 multiply-adds a
// second. One thread: its own CPU time, which other programs do not stretch.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "device/device.h"

namespace straddle::bench {
namespace {

constexpr uint32_t kKvHeads = 8, kHeadSize = 128, kFillRows = 256, kPromptRows = 128;
constexpr int kTurns = 12;

double now(unsigned threads) {
  timespec t;
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

struct Options {
  unsigned threads = 2;
  uint32_t tokens = 4096, layers = 4;
};

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "bench_attention: %s\n", one_line(result.error()).c_str());
  std::exit(1);
}

// Caches full of keys and values, all of one row of a table.
class Bench {
 public:
  Bench(const Options& options, const char* isa, uint32_t sharing)
      : options_(options), heads_(sharing * kKvHeads), pages_(options.tokens / ops::kPageTokens) {
    device_ = must(device::make_cpu({options.threads, isa}));
    std::iota(pages_.begin(), pages_.end(), 0u);
    record();
    for (uint32_t at = 0; at < options_.tokens; at += kFillRows) run(at, kFillRows, true);
  }

  double seconds(uint32_t rows) {
    const double start = now(options_.threads);
    run(options_.tokens - rows, rows, false);
    return now(options_.threads) - start;
  }
  double bytes() const {
    return double(options_.layers) * options_.tokens * 2 * kKvHeads * kHeadSize * 2;
  }
  double multiply_adds(uint32_t rows) const {
    return double(options_.layers) * options_.tokens * 2 * heads_ * kHeadSize * rows;
  }

 private:
  void record() {
    const uint32_t queries = heads_ * kHeadSize, keys = kKvHeads * kHeadSize, width = queries + 2 * keys;
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    inputs_.resize(width);
    for (float& v : inputs_) v = normal(random);
    const ops::Piece piece{{reinterpret_cast<const uint8_t*>(inputs_.data()), width * sizeof(float)}, 1};
    const uint32_t table = must(device_->load({quant::Format::F32, width, 1, {&piece, 1}, 0, "bench"}));
    const ops::Value row{0, width, 0, width}, out{width, queries, 0, queries};
    ops::Program p;
    p.ops.push_back(ops::Embed{
        .table = {table, quant::Format::F32, width, 1}, .out = row, .by = ops::Embed::By::first});
    for (uint32_t i = 0; i < options_.layers; ++i) {
      const ops::CacheShape shape{uint32_t(pages_.size()), kKvHeads, kHeadSize, kHeadSize,
                                  ops::KvType::f16};
      const uint32_t cache = must(device_->make_cache(shape));
      p.caches.push_back({cache, kKvHeads, kHeadSize, kHeadSize, ops::KvType::f16});
      p.ops.push_back(ops::KvWrite{row.columns(queries, keys), row.columns(queries + keys, keys), i});
      p.ops.push_back(ops::Attend{.queries = row.columns(0, queries),
                                  .out = out,
                                  .cache = i,
                                  .heads = heads_,
                                  .scale = 1 / std::sqrt(float(kHeadSize))});
    }
    p.row_floats = width + queries;
    p.result = out;
    p.max_rows = p.max_wanted = kFillRows;
    must(device_->record(std::move(p)));
  }

  // fills: each row sees its own page alone, which takes no time.
  void run(uint32_t first, uint32_t rows, bool fills) {
    const std::vector<int32_t> tokens(rows);
    std::vector<uint32_t> positions(rows), sequences(rows);
    std::vector<std::span<const uint32_t>> tables;
    std::vector<ops::SequenceView> views;
    const uint32_t each = fills ? ops::kPageTokens : rows;
    for (uint32_t s = 0; s < rows / each; ++s)
      tables.push_back(fills ? std::span(pages_).subspan(first / each + s, 1) : std::span(pages_));
    for (const auto& table : tables) views.push_back({{&table, 1}, 0, fills ? each : first + rows});
    for (uint32_t r = 0; r < rows; ++r) {
      positions[r] = fills ? r % each : first + r;
      sequences[r] = r / each;
    }
    const auto done = device_->run(
        0, {.tokens = tokens, .positions = positions, .sequences = sequences, .views = views});
    if (!done) std::abort();
  }

  const Options options_;
  const uint32_t heads_;
  std::vector<uint32_t> pages_;
  ops::OwnDevice device_;
  std::vector<float> inputs_;
};

void bench(const Options& options, device::Yardsticks& yardsticks, const char* isa, uint32_t sharing) {
  Bench bench(options, isa, sharing);
  double best = 1e9, prompt = 1e9, read = 0;
  for (int turn = 0; turn < kTurns; ++turn) {
    read = std::max(read, yardsticks.read_GBps());
    best = std::min(best, bench.seconds(1));
  }
  for (int turn = 0; turn < 3; ++turn) prompt = std::min(prompt, bench.seconds(kPromptRows));
  const double GBps = bench.bytes() / best / 1e9;
  std::printf("%-8s %u query heads a kv head: %6.1f GB/s, %4.2f of %.1f; 128 rows: %.1f GMAC/s\n", isa,
              sharing, GBps, GBps / read, read, bench.multiply_adds(kPromptRows) / prompt / 1e9);
  std::fflush(stdout);
}

void run(const Options& options) {
  auto yardsticks = must(device::Yardsticks::make({options.threads, ""}, 1u << 30));
  for (const char* isa : device::cpu_isas()) {
    if (std::strcmp(isa, "generic") == 0) continue;
    for (const uint32_t sharing : {1u, 2u, 4u, 8u}) bench(options, yardsticks, isa, sharing);
  }
}

}  // namespace
}  // namespace straddle::bench

int main(int argc, char** argv) {
  straddle::bench::Options options;
  if (argc > 1) options.threads = unsigned(std::atoi(argv[1]));
  if (argc > 2) options.tokens = uint32_t(std::atoi(argv[2])) / 256 * 256;
  if (argc > 3) options.layers = uint32_t(std::atoi(argv[3]));
  straddle::bench::run(options);
}
