// Attention on every ISA and thread count against its order in ops.h written out plainly: bytes must be
// equal, whatever rows are computed together.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>

#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

#include "device/cpu/math.inc"  // exp_of and tanh_of have tests of their own (cpu_ops_test.cpp)

constexpr uint32_t kTokens = 700;
constexpr uint32_t kContexts[] = {1, 63, 64, 65, 255, 256, 257, 511, 512, kTokens};

struct AttendCase {
  const char* name;
  uint32_t heads, kv_heads, key_size, value_size;
  ops::KvType type = ops::KvType::f32;
  uint32_t window = 0;
  bool causal = true, sinks = false;
  float softcap = 0;
  bool latent = false;  // a value is the first columns of its key
};

constexpr float kScale = 0.25f;

// What attention reads, [token][head][size], and its sinks.
struct Inputs {
  std::vector<float> queries, keys, values, sinks;
};

Inputs make_inputs(const AttendCase& c) {
  return {random_floats(kTokens * c.heads * c.key_size, 1),
          random_floats(kTokens * c.kv_heads * c.key_size, 2),
          random_floats(kTokens * c.kv_heads * c.value_size, 3), random_floats(c.heads, 4, 3)};
}

Model attend_model(const AttendCase& c, const Inputs& in) {
  Model m;
  const uint32_t keys = c.kv_heads * c.key_size, values = c.kv_heads * c.value_size;
  const ops::Value q = m.input(in.queries, c.heads * c.key_size), k = m.input(in.keys, keys);
  const ops::Value v = c.latent ? k.columns(0, values) : m.input(in.values, values);
  const ops::Value out = m.value(c.heads * c.value_size);
  ops::Attend attend{q, out, 0, c.heads, kScale, c.softcap, c.window, c.causal, {}};
  if (c.sinks) attend.sinks = m.add(float_weight(in.sinks, c.heads));
  m.cache({11, c.kv_heads, c.key_size, c.value_size, c.type});
  m.program.ops.push_back(ops::KvWrite{k, v, 0});
  m.program.ops.push_back(attend);
  m.program.result = out;
  m.program.max_rows = m.program.max_wanted = kTokens;
  return m;
}

// ---- the order of ops.h, one query at a time

struct Sums {
  float top = -std::numeric_limits<float>::infinity(), sum = 0;
  std::vector<float> out;
};

float joined(std::array<float, 64> lanes) {
  for (size_t half = 32; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

class Plain {
 public:
  Plain(const AttendCase& shape, const Inputs& inputs) : c(shape), in(inputs) {
    if (c.type == ops::KvType::f32) return;
    for (auto* cached : {&in.keys, &in.values}) {
      for (float& x : *cached) x = quant::from_f16(quant::to_f16(x));
    }
  }

  // All heads of the row at position p, which sees keys begin .. end.
  std::vector<float> row(uint32_t p, uint32_t end) const {
    const uint32_t begin = c.window > 0 && p + 1 > c.window ? p + 1 - c.window : 0;
    std::vector<float> out;
    for (uint32_t h = 0; h < c.heads; ++h) {
      const auto one = head(p, h, begin, end);
      out.insert(out.end(), one.begin(), one.end());
    }
    return out;
  }

 private:
  AttendCase c;
  Inputs in;

  float score(uint32_t p, uint32_t h, uint32_t j) const {
    const size_t q = size_t(p * c.heads + h) * c.key_size;
    const size_t k = size_t(j * c.kv_heads + h / (c.heads / c.kv_heads)) * c.key_size;
    float s = 0;
    for (uint32_t i = 0; i < c.key_size; ++i) s += in.keys[k + i] * in.queries[q + i];
    s *= kScale;
    return c.softcap > 0 ? c.softcap * tanh_of(s / c.softcap) : s;
  }

  float value(uint32_t h, uint32_t j, uint32_t column) const {
    const size_t vector = j * c.kv_heads + h / (c.heads / c.kv_heads);
    return c.latent ? in.keys[vector * c.key_size + column] : in.values[vector * c.value_size + column];
  }

  // Keys begin .. end, all of one page.
  void add_page(Sums& s, uint32_t p, uint32_t h, uint32_t begin, uint32_t end) const {
    std::array<float, 64> weights = {};
    for (uint32_t j = begin; j < end; ++j) weights[j % 64] = score(p, h, j);
    float top = s.top;
    for (uint32_t j = begin; j < end; ++j) top = std::max(top, weights[j % 64]);
    const float shrink = exp_of(s.top - top);
    for (uint32_t j = begin; j < end; ++j) weights[j % 64] = exp_of(weights[j % 64] - top);
    s.top = top;
    s.sum = s.sum * shrink + joined(weights);
    for (uint32_t i = 0; i < c.value_size; ++i) {
      s.out[i] *= shrink;
      for (uint32_t j = begin; j < end; ++j) s.out[i] += value(h, j, i) * weights[j % 64];
    }
  }

  void join(Sums& s, const Sums& split) const {
    const float top = std::max(s.top, split.top);
    const float before = exp_of(s.top - top), added = exp_of(split.top - top);
    s.top = top;
    s.sum = s.sum * before + split.sum * added;
    for (uint32_t i = 0; i < c.value_size; ++i) s.out[i] = s.out[i] * before + split.out[i] * added;
  }

  std::vector<float> head(uint32_t p, uint32_t h, uint32_t begin, uint32_t end) const {
    const Sums nothing{.out = std::vector<float>(c.value_size)};
    Sums all = nothing;
    for (uint32_t split = begin / 256; split * 256 < end; ++split) {
      Sums one = nothing;
      for (uint32_t page = split * 4; page < split * 4 + 4; ++page) {
        const uint32_t from = std::max(begin, page * 64), to = std::min(end, page * 64 + 64);
        if (from < to) add_page(one, p, h, from, to);
      }
      join(all, one);
    }
    float share = 1;
    if (c.sinks) {
      const float sink = in.sinks[h], top = std::max(all.top, sink);
      share = exp_of(all.top - top);
      all.sum = all.sum * share + exp_of(sink - top);
    }
    for (float& x : all.out) x *= share / all.sum;
    return all.out;
  }
};

TestStep step_of(uint32_t first, uint32_t rows) {
  TestStep s = plain_step(first, rows);
  s.pages = {{4, 1, 10, 0, 7, 9, 2, 5, 3, 8, 6}};
  return s;
}

// The row at position p out of rows from position `first` on.
std::vector<float> row_of(const std::vector<float>& rows, size_t width, uint32_t first, uint32_t p) {
  const auto begin = rows.begin() + long((p - first) * width);
  return {begin, begin + long(width)};
}

class AttentionOrder : public ::testing::TestWithParam<AttendCase> {
 protected:
  Inputs inputs = make_inputs(GetParam());
  Model model = attend_model(GetParam(), inputs);
  size_t width = model.program.result.width;

  // The rows of some contexts out of a Step of tokens first .. end are as `want` has them.
  void expect_rows(ops::Device& device, const std::vector<std::vector<float>>& want, uint32_t first,
                   uint32_t end, const std::string& name) {
    const auto got = run(device, step_of(first, end - first));
    for (size_t i = 0; i < std::size(kContexts); ++i) {
      const uint32_t p = kContexts[i] - 1;
      if (p < first || p >= end) continue;
      EXPECT_EQ(difference(row_of(got, width, first, p), want[i]), "")
          << name << ", context " << p + 1 << " of rows " << first << " to " << end;
    }
  }
};

TEST_P(AttentionOrder, IsThatOfTheOpAloneInChunksAndWhole) {
  const Plain plain(GetParam(), inputs);
  std::vector<std::vector<float>> want;
  for (uint32_t context : kContexts)
    want.push_back(plain.row(context - 1, GetParam().causal ? context : kTokens));
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), model);
    expect_rows(*device, want, 0, kTokens, v.name);
    if (!GetParam().causal) continue;  // rows see what stands behind them: no chunks there
    for (uint32_t context : kContexts) expect_rows(*device, want, context - 1, context, v.name);
    const auto again = prepare(make_cpu(v.options), model);
    for (uint32_t first = 0; first < kTokens; first += 100)
      expect_rows(*again, want, first, first + 100, v.name);
  }
}

constexpr auto kF16 = ops::KvType::f16;

// Windows of 100 begin inside of a split, those of 300 in the split before.
INSTANTIATE_TEST_SUITE_P(
    All, AttentionOrder,
    ::testing::Values(AttendCase{"grouped", 6, 2, 32, 64}, AttendCase{"grouped_f16", 6, 2, 32, 64, kF16},
                      AttendCase{"tiny_heads", 2, 2, 8, 8},
                      AttendCase{"window", 2, 1, 32, 36, kF16, 100},
                      AttendCase{"wide_window_sinks", 4, 2, 16, 16, kF16, 300, true, true},
                      AttendCase{"sinks_f32", 2, 2, 16, 20, ops::KvType::f32, 0, true, true},
                      AttendCase{"softcap", 2, 1, 32, 32, ops::KvType::f32, 0, true, false, 2},
                      AttendCase{"both_ways", 2, 2, 16, 16, ops::KvType::f32, 0, false},
                      AttendCase{"both_ways_window", 2, 2, 16, 16, ops::KvType::f32, 300, false, true},
                      AttendCase{"latent", 4, 1, 40, 34, kF16, 0, true, false, 0, true}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace straddle::device::testing
