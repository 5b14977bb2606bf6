// How far ahead products of one and two rows ask for their weights. They are as fast as memory is, and
// memory as fast as it is asked: some processors see by themselves that lines follow each other, on
// others (servers by Intel) asking 8 KiB ahead makes them up to twice as fast. No table of processors
// tells which, so it is tried on the model's own weights, format by format, both ways in turns. The
// choice changes no result.
#include <algorithm>
#include <chrono>
#include <map>

#include "device/cpu/machine.h"

namespace straddle::device::cpu {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kAhead = 8192;
constexpr uint64_t kTurnBytes = 64 << 10;         // of weights between two looks at the clock
constexpr size_t kMostTurns = 128;                // of both ways together
constexpr size_t kLeastTurns = 16;                // fewer say nothing
constexpr std::chrono::milliseconds kBudget{20};  // for all formats

// All packed matrices with one product, group after group, as a Step walks over them.
class Walk {
 public:
  explicit Walk(std::span<Matrix* const> matrices) : matrices_(matrices) {
    uint64_t widest = 0;
    for (const Matrix* m : matrices) widest = std::max(widest, m->columns);
    units_.resize((widest + 255) / 256);
  }

  // Seconds per byte of the next turn; none at the end of the weights.
  double turn(uint32_t ahead) {
    uint64_t bytes = 0;
    const auto start = Clock::now();
    while (bytes < kTurnBytes && !done()) bytes += multiply(ahead);
    return std::chrono::duration<double>(Clock::now() - start).count() /
           double(std::max<uint64_t>(bytes, 1));
  }
  bool done() const { return matrix_ == matrices_.size(); }

 private:
  // One group; its bytes.
  uint64_t multiply(uint32_t ahead) {
    const Matrix& m = *matrices_[matrix_];
    const EncodedUnit* row = units_.data();
    alignas(64) float out[1][kGroup];
    const auto columns = uint32_t(m.columns);
    m.product({m.packed.data() + group_ * m.group_bytes, columns,
               uint32_t(quant::segment_columns(columns)), &row, 1, out, m.table.data(), ahead});
    if (++group_ * m.group_bytes >= m.packed.bytes()) {
      group_ = 0;
      ++matrix_;
    }
    return m.group_bytes;
  }

  std::span<Matrix* const> matrices_;
  std::vector<EncodedUnit> units_;  // a row of zeros
  size_t matrix_ = 0;
  uint64_t group_ = 0;
};

// Whether asking ahead helps: the median of the quotients of neighbouring turns, which no interruption
// moves.
bool helps(Walk walk, Clock::time_point until) {
  std::vector<double> quotients;
  while (quotients.size() < kMostTurns / 2 && !walk.done() && Clock::now() < until) {
    const double without = walk.turn(0), with = walk.turn(kAhead);
    if (!walk.done()) quotients.push_back(with / without);
  }
  if (quotients.size() < kLeastTurns / 2) return false;
  const auto middle = quotients.begin() + long(quotients.size() / 2);
  std::nth_element(quotients.begin(), middle, quotients.end());
  return *middle < 1;
}

}  // namespace

void choose_ahead(Machine& machine) {
  std::map<PackedProduct, std::vector<Matrix*>> by_product;
  for (Matrix& m : machine.weights) {
    if (m.product && !m.tried) by_product[m.product].push_back(&m);
    m.tried = m.product != nullptr;
  }
  for (const auto& [product, matrices] : by_product) {
    const auto budget = kBudget / long(by_product.size());
    if (!helps(Walk(matrices), Clock::now() + budget)) continue;
    for (Matrix* m : matrices) m->ahead = kAhead;
  }
}

}  // namespace straddle::device::cpu
