// Products whose columns are cut: a running sum of the first, segments of the others apart, joined. At
// every border of segments that gives the bytes of the whole product; elsewhere a bound.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "device/cpu_harness.h"
#include "testing/sanitized.h"

namespace straddle::device::testing {
namespace {

constexpr uint32_t kMostRows = 40, kUsed = 3, kExperts = 4;
constexpr uint32_t kSteps[] = {1, 2, 8, kMostRows};
using Borders = std::vector<uint32_t>;  // from 0 to all columns

const quant::Traits& traits(const TestWeight& w) { return quant::traits(w.format); }

uint64_t bytes_of(const TestWeight& w, uint64_t columns) {
  return columns / traits(w).block_values * traits(w).block_bytes;
}

// Columns first .. end of rows that lie as in `whole`, in `pieces` of as many rows each.
Result<uint32_t> load_columns(ops::Device& device, const TestWeight& whole, uint64_t first, uint64_t end,
                              uint64_t pieces = 1) {
  const uint64_t stride = bytes_of(whole, whole.columns), rows = whole.rows / pieces;
  const uint64_t size = (rows - 1) * stride + bytes_of(whole, end - first);
  std::vector<ops::Piece> list;
  for (uint64_t i = 0; i < pieces; ++i) {
    const auto from = i * rows * stride + bytes_of(whole, first);
    list.push_back({std::span(whole.bytes).subspan(from, size), rows});
  }
  return device.load({whole.format, end - first, whole.rows, list, stride});
}

// One device with a weight, whole and in parts, and a Program for each way of cutting it: 0 is whole.
class Cuts {
 public:
  Cuts(ops::Device& device, const TestWeight& weight, uint32_t matrices = 1)
      : device_(device), weight_(weight), rows_(uint32_t(weight.rows) / matrices), matrices_(matrices) {
    const auto columns = uint32_t(weight.columns);
    x_ = floats(random_floats(size_t(kMostRows) * columns * slices(), 1), columns * slices());
    bias_ = floats(random_floats(weight.rows, 2), weight.rows);
    scale_ = floats(random_floats(matrices, 3), matrices);
    logits_ = floats(random_floats(kMostRows * kExperts, 4), kExperts);
  }

  uint32_t record(const Borders& borders) {
    program_ = {};
    x_value_ = value(uint32_t(weight_.columns) * slices());
    program_.ops.push_back(ops::Embed{x_, x_value_});
    if (matrices_ > 1) route();
    const ops::Value out = value(rows_ * slices());
    borders.size() == 2 ? whole(out) : cut(borders, out);
    return done(out);
  }

  // Experts 0 .. border, and those from there on.
  uint32_t record_by_expert(uint32_t border) {
    program_ = {};
    x_value_ = value(uint32_t(weight_.columns) * kUsed);
    program_.ops.push_back(ops::Embed{x_, x_value_});
    route();
    const ops::Value first = value(rows_ * kUsed), second = value(rows_ * kUsed);
    experts(0, border, first);
    experts(border, matrices_ - border, second);
    program_.ops.push_back(ops::ExpertJoin{first, second, ids_, first, {}, {}});
    return done(first);
  }

  std::vector<float> run(uint32_t program, uint32_t rows) {
    TestStep step = plain_step(0, rows);
    const Status ran = device_.run(program, step.step());
    EXPECT_TRUE(ran.has_value()) << (ran ? "" : one_line(ran.error()));
    return {device_.result().begin(), device_.result().end()};
  }

 private:
  uint32_t slices() const { return matrices_ > 1 ? kUsed : 1; }

  ops::Weight floats(const std::vector<float>& values, uint64_t columns) {
    kept_.push_back(std::make_unique<TestWeight>(float_weight(values, columns)));
    const TestWeight& w = *kept_.back();
    return {*load(device_, w), w.format, uint32_t(columns), uint32_t(w.rows)};
  }

  ops::Value value(uint32_t width) {
    const ops::Value out{program_.row_floats, width, 0, width};
    program_.row_floats += width;
    return out;
  }

  ops::Weight part(uint32_t first, uint32_t end) {
    return {.buffer = load_columns(device_, weight_, first, end, matrices_).value(),
            .format = weight_.format,
            .columns = end - first,
            .rows = rows_,
            .matrices = matrices_,
            .segment = uint32_t(quant::segment_columns(weight_.columns))};
  }

  void route() {
    const ops::Value logits = value(kExperts), weights = value(kUsed);
    ids_ = value(kUsed);
    program_.ops.push_back(ops::Embed{logits_, logits});
    program_.ops.push_back(ops::Route{logits, ids_, weights});
  }

  // The columns of each expert's slice of the input, one behind the other.
  ops::Value columns(uint32_t first, uint32_t end) {
    if (matrices_ == 1) return x_value_.columns(first, end - first);
    const uint32_t width = end - first, pitch = uint32_t(weight_.columns);
    const ops::Value out = value(width * kUsed);
    program_.ops.push_back(ops::Regroup{x_value_, out, kUsed, width, first, pitch, 0, width});
    return out;
  }

  void multiply(const ops::Value& in, const ops::Value& out, const ops::Weight& w, ops::Sum sum) {
    const bool finished = sum == ops::Sum::finished;
    const ops::Weight none, bias = finished ? bias_ : none, scale = finished ? scale_ : none;
    if (matrices_ == 1) {
      program_.ops.push_back(ops::MatMul{in, out, w, bias, finished ? 0.75f : 1, sum});
    } else {
      program_.ops.push_back(ops::ExpertMatMul{in, ids_, out, w, bias, scale, 0, sum});
    }
  }

  void whole(const ops::Value& out) {
    ops::Weight w = part(0, uint32_t(weight_.columns));
    w.segment = 0;
    multiply(x_value_, out, w, ops::Sum::finished);
  }

  // The first part's running sum, then the segments of all others, apart.
  void cut(const Borders& borders, const ops::Value& out) {
    const ops::Value running = value(rows_ * slices());
    multiply(columns(0, borders[1]), running, part(0, borders[1]), ops::Sum::running);
    std::vector<ops::Value> parts;
    uint32_t width = 0;
    for (size_t i = 1; i + 1 < borders.size(); ++i) {
      const ops::Weight w = part(borders[i], borders[i + 1]);
      parts.push_back(value(uint32_t(ops::segments(w)) * rows_ * slices()));
      multiply(columns(borders[i], borders[i + 1]), parts.back(), w, ops::Sum::apart);
      width += parts.back().width;
    }
    join(running, together(parts, width), out);
  }

  // [expert][segments of all parts][rows].
  ops::Value together(const std::vector<ops::Value>& parts, uint32_t width) {
    const ops::Value all = value(width);
    uint32_t at = 0;
    for (const ops::Value& p : parts) {
      const uint32_t each = p.width / slices();
      program_.ops.push_back(ops::Regroup{p, all, slices(), each, 0, each, at, width / slices()});
      at += each;
    }
    return all;
  }

  void join(const ops::Value& running, const ops::Value& apart, const ops::Value& out) {
    if (matrices_ == 1) {
      program_.ops.push_back(ops::Join{running, apart, out, bias_, 0.75f});
    } else {
      program_.ops.push_back(ops::ExpertJoin{running, apart, ids_, out, bias_, scale_});
    }
  }

  void experts(uint32_t first, uint32_t count, const ops::Value& out) {
    const uint64_t row = bytes_of(weight_, weight_.columns), rows = uint64_t(count) * rows_;
    const ops::Piece bytes{std::span(weight_.bytes).subspan(first * rows_ * row, rows * row), rows};
    const ops::Weight w{.buffer = *device_.load({weight_.format, weight_.columns, rows, {&bytes, 1}}),
                        .format = weight_.format,
                        .columns = uint32_t(weight_.columns),
                        .rows = rows_,
                        .matrices = count};
    const auto biases = random_floats(weight_.rows, 2), scales = random_floats(matrices_, 3);
    const ops::Weight bias = floats({&biases[first * rows_], &biases[first * rows_] + rows}, rows),
                      scale = floats({&scales[first], &scales[first] + count}, count);
    program_.ops.push_back(ops::ExpertMatMul{x_value_, ids_, out, w, bias, scale, first});
  }

  uint32_t done(const ops::Value& out) {
    program_.result = out;
    program_.max_rows = program_.max_wanted = kMostRows;
    const auto recorded = device_.record(program_);
    EXPECT_TRUE(recorded.has_value()) << (recorded ? "" : one_line(recorded.error()));
    return recorded.value_or(0);
  }

  ops::Device& device_;
  const TestWeight& weight_;
  uint32_t rows_, matrices_;
  std::vector<std::unique_ptr<TestWeight>> kept_;
  ops::Weight x_, bias_, scale_, logits_;
  ops::Program program_;
  ops::Value x_value_, ids_;
};

// Every border of segments, and twice.
std::vector<Borders> on_borders(uint32_t columns) {
  const auto segment = uint32_t(quant::segment_columns(columns));
  std::vector<Borders> out;
  for (uint32_t b = segment; b < columns; b += segment) {
    out.push_back({0, b, columns});
    if (b == 2 * segment) out.push_back({0, b, b + segment, columns});
  }
  return out;
}

void expect_same(Cuts& cuts, const std::vector<uint32_t>& programs, const std::string& name) {
  for (const uint32_t rows : kSteps) {
    const auto want = cuts.run(0, rows);
    for (const uint32_t p : programs)
      ASSERT_EQ(difference(cuts.run(p, rows), want), "")
          << name << ", program " << p << ", rows " << rows;
  }
}

class CutProducts : public ::testing::TestWithParam<quant::Format> {
 protected:
  const quant::Traits& format = quant::traits(GetParam());
  std::string name(const Made& made, uint32_t columns) const {
    return made.name + ", " + std::string(format.name) + " of " + std::to_string(columns);
  }
};

TEST_P(CutProducts, OnBordersGiveTheBytesOfTheWhole) {
  std::vector<uint32_t> all = {4096, 28672};
  if (std::getenv("STRADDLE_LONG")) all = {4096, 8192, 9216, 14336, 28672};
  if (straddle::testing::kSanitized) all = {9216};
  for (const uint32_t columns : all) {
    const TestWeight weight = random_weight(GetParam(), columns, 3, columns);
    for (Made& made : made_devices()) {
      Cuts cuts(*made.device, weight);
      cuts.record({0, columns});
      std::vector<uint32_t> programs;
      for (const Borders& b : on_borders(columns)) programs.push_back(cuts.record(b));
      expect_same(cuts, programs, name(made, columns));
    }
  }
}

// Groups of 16 rows that are full, and one that is not; the last segment is short.
TEST_P(CutProducts, ManyRowsAndAShortLastSegment) {
  const uint32_t columns = 2048 + 256;
  const TestWeight weight = random_weight(GetParam(), columns, 37, 9);
  for (Made& made : made_devices()) {
    Cuts cuts(*made.device, weight);
    cuts.record({0, columns});
    expect_same(cuts, {cuts.record({0, 512, columns}), cuts.record({0, 512, 1024, 2048, columns})},
                name(made, columns));
  }
}

TEST_P(CutProducts, OffBordersAreWithinABound) {
  const uint32_t columns = 4096, block = format.block_values;
  const TestWeight weight = random_weight(GetParam(), columns, 5, 11);
  for (Made& made : made_devices()) {
    Cuts cuts(*made.device, weight);
    cuts.record({0, columns});
    std::vector<uint32_t> programs;
    for (const uint32_t b : {1u, 700u, 1300u, columns - 1}) {
      const uint32_t border = std::max(block, b / block * block);
      programs.push_back(cuts.record({0, border, columns}));
    }
    const auto want = cuts.run(0, 8);
    for (const uint32_t p : programs) expect_near(cuts.run(p, 8), want, {0, 1e-12}, name(made, columns));
  }
}

TEST_P(CutProducts, ExpertsByColumnsAndByExpert) {
  const uint32_t columns = 2048;
  const TestWeight weight = random_weight(GetParam(), columns, kExperts * 21, 13);
  for (Made& made : made_devices()) {
    Cuts cuts(*made.device, weight, kExperts);
    cuts.record({0, columns});
    std::vector<uint32_t> programs;
    for (const Borders& b : on_borders(columns)) programs.push_back(cuts.record(b));
    for (uint32_t e = 1; e < kExperts; ++e) programs.push_back(cuts.record_by_expert(e));
    expect_same(cuts, programs, name(made, columns));
  }
}

std::vector<quant::Format> usable_formats() {
  std::vector<quant::Format> out;
  for (const quant::Traits& t : quant::all_formats()) {
    if (t.dequantize) out.push_back(t.format);
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, CutProducts, ::testing::ValuesIn(usable_formats()),
                         [](const auto& one) { return std::string(quant::traits(one.param).name); });

// Whatever another device sends for ids, nothing outside of the experts that are here is read.
TEST(ExpertIds, OutsideOfTheExpertsGiveZeros) {
  constexpr int32_t kIds[] = {-1, 3, 4, 5, 6, INT32_MIN, INT32_MAX, 100};  // here: 4 and 5
  for (Made& made : made_devices()) {
    const TestWeight weight = random_weight(quant::Format::Q4_K, 256, 2 * 20, 1),
                     x = float_weight(random_floats(256, 2), 256);
    ops::Program p;
    const ops::Value in{0, 256, 0, 256}, ids{256, 8, 0, 8}, out{264, 160, 0, 160};
    const ops::Weight table{*load(*made.device, x), quant::Format::F32, 256, 1},
        w{*load(*made.device, weight), quant::Format::Q4_K, 256, 20, 2};
    p.ops = {ops::Embed{table, in}, ops::Receive{ids, 0}, ops::ExpertMatMul{in, ids, out, w, {}, {}, 4},
             ops::ExpertJoin{out, {}, ids, out, {}, {}}};
    p.row_floats = 424;
    p.result = out;
    p.max_rows = p.max_wanted = 1;
    ASSERT_TRUE(made.device->record(p).has_value());
    ops::Ring ring(8);
    std::memcpy(ring.await_free().data(), kIds, sizeof kIds);
    ring.sent();
    TestStep step = plain_step(0, 1);
    step.rings = {&ring};
    const auto got = run(*made.device, step);
    for (size_t j = 0; j < std::size(kIds); ++j) {
      const bool here = kIds[j] == 4 || kIds[j] == 5;
      for (size_t i = 0; i < 20; ++i) EXPECT_EQ(got[j * 20 + i] != 0, here) << made.name << ", " << j;
    }
  }
}

}  // namespace
}  // namespace straddle::device::testing
