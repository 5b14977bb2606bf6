// Products on every ISA and thread count against rule 2 of docs/numbers.md written out plainly:
// bytes must be equal. Float weights against the same rule 3, and against sums in double.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

// Rule 2 for one weight row and one input row.
float oracle_blocks(const quant::Traits& t, const uint8_t* row, const float* x, uint32_t n) {
  const uint32_t per_d = t.activation == quant::ActivationFormat::int8_x256 ? 256 : 32;
  std::vector<int8_t> a(n);
  std::vector<float> dx((n + per_d - 1) / per_d);
  quant::encode_activations(t.activation, x, n, a.data(), dx.data());
  float total = 0, part = 0;
  quant::Integers b;
  for (uint32_t c = 0; c < n; c += t.block_values) {
    if (c > 0 && c % quant::segment_columns(n) == 0) {
      total += part;
      part = 0;
    }
    t.integers(row + c / t.block_values * t.block_bytes, b);
    int32_t is = 0, ms = 0;
    for (uint32_t i = 0; i < t.block_values; ++i) {
      is += b.scale[i / 16] * b.q[i] * a[c + i];
      ms += b.min[i / 16] * a[c + i];
    }
    const float d = dx[c / per_d];
    if (t.combine == quant::Combine::scaled) {
      part += d * (b.d * float(is));
    } else if (t.combine == quant::Combine::minus_min) {
      part += d * (b.d * float(is) - b.dmin * float(ms));
    } else {
      part += d * (b.d * float(is) + b.dmin * float(ms));
    }
  }
  return total + part;
}

// Rule 3 for one weight row and one input row.
float oracle_floats(const quant::Traits& t, const uint8_t* row, const float* x, uint32_t n) {
  std::vector<float> w(n);
  t.dequantize(row, w.data(), n);
  float total = 0;
  const auto segment = uint32_t(quant::segment_columns(n));
  for (uint32_t begin = 0; begin < n; begin += segment) {
    float lanes[64] = {};
    for (uint32_t c = begin; c < std::min(n, begin + segment); ++c) lanes[c % 64] += w[c] * x[c];
    for (int half = 32; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    total += lanes[0];
  }
  return total;
}

float oracle(const TestWeight& w, uint64_t row, const float* x) {
  const quant::Traits& t = quant::traits(w.format);
  const uint8_t* bytes = &w.bytes[row * (w.columns / t.block_values * t.block_bytes)];
  const bool floats = t.activation == quant::ActivationFormat::float32;
  return (floats ? oracle_floats : oracle_blocks)(t, bytes, x, uint32_t(w.columns));
}

// A matrix product with a bias and a scale.
struct Product {
  Model setup;
  std::vector<float> x, expected;  // [entries][columns], [entries][rows]
};

constexpr uint32_t kEntries = 20;

Product product(TestWeight w, std::vector<float> x) {
  Product p;
  const auto rows = uint32_t(w.rows);
  const auto bias = random_floats(rows, 5);
  for (uint32_t e = 0; e < kEntries; ++e) {
    for (uint32_t r = 0; r < rows; ++r) {
      p.expected.push_back(0.75f * oracle(w, r, &x[e * w.columns]) + bias[r]);
    }
  }
  const ops::Value in = p.setup.input(x, uint32_t(w.columns)), out = p.setup.value(rows);
  const ops::Weight weight = p.setup.add(std::move(w));
  p.setup.program.ops.push_back(
      ops::MatMul{in, out, weight, p.setup.add(float_weight(bias, rows)), 0.75f});
  p.setup.program.result = out;
  p.setup.program.max_rows = p.setup.program.max_wanted = kEntries;
  p.x = std::move(x);
  return p;
}

// Alone, in batches of several sizes, on all variants.
void expect_everywhere(const Product& p, const std::string& name) {
  const size_t width = p.expected.size() / kEntries;
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), p.setup);
    uint32_t first = 0;
    for (uint32_t rows : {1u, 2u, 3u, 14u}) {
      const std::vector<float> got = run(*device, plain_step(first, rows));
      const std::vector<float> want(p.expected.begin() + long(first * width),
                                    p.expected.begin() + long((first + rows) * width));
      ASSERT_EQ(difference(got, want), "") << name << ", " << v.name << ", rows " << rows;
      first += rows;
    }
  }
}

std::vector<uint32_t> columns_for(const quant::Traits& t) {
  if (t.block_values == 1) return {8, 64, 172, 576, 640, 4096, 9216};
  if (t.block_values == 256) return {256, 512, 768, 4096, 9216};
  return {t.block_values,
          64 / t.block_values * t.block_values,
          576 / t.block_values * t.block_values,
          640,
          4096,
          9216};
}

class Formats : public ::testing::TestWithParam<quant::Format> {};

TEST_P(Formats, SameBytesOnEveryIsaThreadCountAndBatch) {
  const quant::Traits& t = quant::traits(GetParam());
  for (uint32_t columns : columns_for(t)) {
    if (columns == 0 || columns % t.block_values != 0) continue;
    const auto x = random_floats(size_t(kEntries) * columns, columns);
    const std::string name = std::string(t.name) + " " + std::to_string(columns);
    expect_everywhere(product(random_weight(GetParam(), columns, 37, columns), x), name);
  }
}

// Largest integers everywhere (all-ones weights, activations +-127), zeros, tiny, not finite.
TEST_P(Formats, EdgeInputs) {
  const quant::Traits& t = quant::traits(GetParam());
  const uint32_t columns = 768 / t.block_values * t.block_values;
  std::vector<float> x(size_t(kEntries) * columns);
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t entry = i / columns;
    const float kinds[] = {1, -1, 0, i % 2 ? 1.0f : -1.0f, 1e-38f, 1e-31f, 1e30f, float(i % 7) - 3};
    x[i] = kinds[entry % 8];
  }
  x[7 * columns + 5] = std::nanf("");
  x[15 * columns + 300] = INFINITY;
  TestWeight w = random_weight(GetParam(), columns, 16, 3);
  const size_t row = w.bytes.size() / 16;
  // Rows 0..3 are zeros; in rows 4..11 all bits but those of the first block's first two bytes
  // (often a scale) are ones, as far as values stay finite.
  std::fill_n(w.bytes.begin(), 4 * row, uint8_t(0));
  std::vector<float> values(t.block_values);
  for (size_t at = 4 * row; at < 12 * row; at += t.block_bytes) {
    for (size_t i = 0; i < t.block_bytes; ++i) {
      const uint8_t kept = w.bytes[at + i];
      w.bytes[at + i] = 0xff;
      t.dequantize(&w.bytes[at], values.data(), values.size());
      for (float v : values) {
        if (!(std::fabs(v) < 1000)) w.bytes[at + i] = kept;
      }
    }
  }
  expect_everywhere(product(std::move(w), x), std::string(t.name));
}

std::vector<quant::Format> usable_formats() {
  std::vector<quant::Format> out;
  for (const quant::Traits& t : quant::all_formats()) {
    if (t.dequantize) out.push_back(t.format);
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, Formats, ::testing::ValuesIn(usable_formats()),
                         [](const auto& one) { return std::string(quant::traits(one.param).name); });

TEST(MatMul, MatricesOfHeadsMeetTheirRuns) {
  Model s;
  const ops::Value in = s.input(random_floats(4 * 3 * 64, 1), 3 * 64), out = s.value(3 * 20);
  const TestWeight w = random_weight(quant::Format::Q4_0, 64, 3 * 20, 2);
  s.program.ops.push_back(ops::MatMul{in, out, s.add(w, 3)});
  s.program.result = out;
  s.program.max_rows = s.program.max_wanted = 4;
  const auto x = random_floats(4 * 3 * 64, 1);
  std::vector<float> want;
  for (uint32_t e = 0; e < 4; ++e) {
    for (uint32_t i = 0; i < 60; ++i) want.push_back(oracle(w, i, &x[e * 192 + i / 20 * 64]));
  }
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), s);
    EXPECT_EQ(difference(run(*device, plain_step(0, 4)), want), "") << v.name;
  }
}

}  // namespace
}  // namespace straddle::device::testing
