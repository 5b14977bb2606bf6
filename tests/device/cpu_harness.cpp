#include "device/cpu_harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "testing/golden.h"
#include "testing/sanitized.h"

namespace straddle::device::testing {

ops::Weight Model::add(TestWeight w, uint32_t matrices) {
  const ops::Weight out{.buffer = uint32_t(weights.size()),
                        .format = w.format,
                        .columns = uint32_t(w.columns),
                        .rows = uint32_t(w.rows) / matrices,
                        .matrices = matrices};
  weights.push_back(std::move(w));
  return out;
}

uint32_t Model::cache(const ops::CacheShape& c) {
  program.caches.push_back({uint32_t(caches.size()), c.kv_heads, c.key_size, c.value_size, c.type});
  caches.push_back(c);
  return uint32_t(program.caches.size() - 1);
}

ops::State Model::state(uint32_t floats) {
  states.push_back({2, floats});
  return {uint32_t(states.size() - 1), floats};
}

ops::Value Model::value(uint32_t width, ops::Rows rows) {
  uint32_t& end = rows == ops::Rows::all ? program.row_floats : program.wanted_floats;
  const ops::Value out{end, width, 0, width, rows};
  end += width;
  return out;
}

ops::Value Model::input(const std::vector<float>& floats, uint32_t width) {
  const ops::Weight table = add(float_weight(floats, width));
  const ops::Value out = value(width);
  program.ops.push_back(ops::Embed{table, out});
  return out;
}

std::vector<float> random_floats(size_t count, uint32_t seed, float spread) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> out(count);
  for (float& v : out) v = normal(random);
  return out;
}

TestWeight float_weight(const std::vector<float>& values, uint64_t columns) {
  TestWeight w{quant::Format::F32, columns, values.size() / columns, {}};
  w.bytes.resize(values.size() * sizeof(float));
  std::memcpy(w.bytes.data(), values.data(), w.bytes.size());
  return w;
}

TestWeight random_weight(quant::Format format, uint64_t columns, uint64_t rows, uint32_t seed) {
  const quant::Traits& t = quant::traits(format);
  TestWeight w{format, columns, rows, {}};
  w.bytes.resize(columns / t.block_values * t.block_bytes * rows);
  std::mt19937 random(seed);
  std::vector<float> values(t.block_values);
  for (size_t at = 0; at < w.bytes.size(); at += t.block_bytes) {
    bool fine = false;
    while (!fine) {
      for (size_t i = 0; i < t.block_bytes; ++i) w.bytes[at + i] = uint8_t(random());
      t.dequantize(&w.bytes[at], values.data(), values.size());
      fine = true;
      for (float v : values) fine = fine && std::fabs(v) < 100;
    }
  }
  return w;
}

ops::Step TestStep::step() {
  views.resize(pages.size());
  page_spans.assign(pages.begin(), pages.end());
  for (size_t s = 0; s < pages.size(); ++s) {
    views[s].pages = {&page_spans[s], 1};
    views[s].state = uint32_t(s);
  }
  for (size_t r = 0; r < tokens.size(); ++r) {
    views[sequences[r]].length = std::max(views[sequences[r]].length, positions[r] + 1);
  }
  angle_spans.assign(angles.begin(), angles.end());
  return {tokens, positions, sequences, views, wanted, angle_spans, factors, rings};
}

TestStep plain_step(uint32_t first, uint32_t rows) {
  TestStep s;
  for (uint32_t r = 0; r < rows; ++r) {
    s.tokens.push_back(int32_t(first + r));
    s.positions.push_back(first + r);
    s.sequences.push_back(0);
    s.wanted.push_back(r);
  }
  s.pages.emplace_back();
  return s;
}

Result<uint32_t> load(ops::Device& device, const TestWeight& w) {
  const ops::Piece piece{w.bytes, w.rows};
  return device.load({w.format, w.columns, w.rows, {&piece, 1}});
}

ops::OwnDevice prepare(Result<ops::OwnDevice> device, const Model& setup) {
  const auto need = [](const auto& done) {
    if (done) return;
    std::fprintf(stderr, "test device: %s\n", one_line(done.error()).c_str());
    std::abort();
  };
  need(device);
  for (const TestWeight& w : setup.weights) need(load(**device, w));
  for (const auto& shape : setup.caches) need((*device)->make_cache(shape));
  for (const auto& shape : setup.states) need((*device)->make_state(shape));
  need((*device)->record(setup.program));
  return std::move(*device);
}

std::vector<float> run(ops::Device& device, TestStep step) {
  const ops::Step s = step.step();
  const Status done = device.run(0, s);
  EXPECT_TRUE(done.has_value()) << (done ? "" : one_line(done.error()));
  const auto out = device.result();
  return {out.begin(), out.end()};
}

std::vector<Variant> variants() {
  std::vector<Variant> out;
  std::vector<unsigned> counts = {1, 2, 3};
  if (straddle::testing::kSanitized) counts = {3};  // slow, and nothing new is seen with fewer
  for (const char* isa : cpu_isas()) {
    for (unsigned threads : counts) {
      out.push_back({std::string(isa) + ", " + std::to_string(threads) + " threads", {threads, isa}});
    }
  }
  return out;
}

std::vector<Made> made_devices() {
  std::vector<Made> out;
  out.push_back({"reference", *make_reference()});
  for (const char* isa : cpu_isas()) out.push_back({isa, *make_cpu({3, isa})});
  return out;
}

void expect_near(const std::vector<float>& got, std::span<const float> truth, const Bounds& bounds,
                 const std::string& name) {
  const auto [low, high] = std::minmax_element(truth.begin(), truth.end());
  EXPECT_LT(*low, *high) << name;
  const double error = straddle::testing::nmse(got, truth);
  EXPECT_GE(error, bounds.least) << name;
  EXPECT_LE(error, bounds.most) << name;
}

std::string difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size())
    return std::to_string(a.size()) + " and " + std::to_string(b.size()) + " values";
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], 4) == 0 || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    return "value " + std::to_string(i) + ": " + std::to_string(a[i]) + " and " + std::to_string(b[i]);
  }
  return {};
}

}  // namespace straddle::device::testing
