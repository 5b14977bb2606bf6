#include "engine/probe_programs.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "base/measured.h"

namespace straddle::engine {
namespace {

using quant::Format;

std::vector<float> random_floats(size_t count, float spread) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> out(count);
  for (float& v : out) v = normal(random);
  return out;
}

bool is_sane(std::span<const float> values) {
  float most = 0;
  for (const float v : values) most = std::max(most, std::isfinite(v) ? std::fabs(v) : 1e9f);
  return most > 1e-4f && most < 10;
}

// A format that nobody can make: bytes by chance, those blocks that mean numbers like weights.
void make_block(const quant::Traits& t, std::mt19937& random, uint8_t* block) {
  std::vector<float> values(t.block_values);
  do {
    for (size_t i = 0; i < t.block_bytes; ++i) block[i] = uint8_t(random());
    t.dequantize(block, values.data(), values.size());
  } while (!is_sane(values));
}

// Some blocks, again and again: what they hold changes no time.
std::vector<uint8_t> make_weights(const quant::Traits& t, uint64_t bytes, float spread) {
  constexpr size_t kBlocks = 64, kFloats = 16384;
  const size_t blocks = t.block_values > 1 ? kBlocks : kFloats;
  std::vector<uint8_t> some(blocks * t.block_bytes), out(bytes);
  if (t.quantize) {
    const auto values = random_floats(blocks * t.block_values, spread);
    t.quantize(values.data(), nullptr, some.data(), values.size());
  } else {
    std::mt19937 random(2);
    for (size_t at = 0; at < some.size(); at += t.block_bytes) make_block(t, random, &some[at]);
  }
  for (size_t at = 0; at < out.size(); at += some.size())
    std::memcpy(&out[at], some.data(), std::min(some.size(), out.size() - at));
  return out;
}

std::vector<uint8_t> make_inputs(size_t count) {
  const auto floats = random_floats(count, 1);
  std::vector<uint8_t> out(floats.size() * sizeof(float));
  std::memcpy(out.data(), floats.data(), out.size());
  return out;
}

Result<ops::Weight> load(ops::Device& device, Format format, uint32_t columns, uint32_t rows,
                         std::span<const uint8_t> bytes) {
  const ops::Piece piece{bytes, rows};
  auto buffer = TRY(device.load({format, columns, rows, {&piece, 1}, 0, "probe"}));
  return ops::Weight{buffer, format, columns, rows};
}

std::vector<uint32_t> counted(uint32_t first, uint32_t count) {
  std::vector<uint32_t> out(count);
  std::iota(out.begin(), out.end(), first);
  return out;
}

Result<double> time_of(ops::Device& device, const ops::Step& step) {
  const auto start = std::chrono::steady_clock::now();
  TRY(device.run(0, step));
  return seconds_since(start);
}

}  // namespace

// ---- products

Result<Products> Products::make(const device::CpuOptions& options, const Shape& shape) {
  const quant::Traits& t = *shape.format;
  Products out(TRY(device::make_cpu(options)));
  const uint64_t matrix = *quant::row_bytes(t.format, shape.columns) * shape.rows;
  out.bytes_ = matrix * shape.matrices;
  out.values_ = double(shape.columns) * shape.rows * shape.matrices;
  out.weights_ = make_weights(t, out.bytes_, 1 / std::sqrt(float(shape.columns)));
  out.inputs_ = make_inputs(shape.columns);
  const auto table = TRY(load(*out.device_, Format::F32, shape.columns, 1, out.inputs_));
  const ops::Value looked_up{0, shape.columns, 0, shape.columns};
  ops::Value in{0, shape.columns, 0, shape.columns, ops::Rows::wanted};
  ops::Value other{shape.columns, shape.rows, 0, shape.rows, ops::Rows::wanted};
  ops::Program p;
  p.ops.push_back(ops::Embed{.table = table, .out = looked_up, .by = ops::Embed::By::first});
  p.ops.push_back(ops::Gather{looked_up, in});
  for (uint32_t i = 0; i < shape.matrices; ++i) {
    const auto bytes = std::span<const uint8_t>(out.weights_).subspan(i * matrix, matrix);
    const auto w = TRY(load(*out.device_, t.format, shape.columns, shape.rows, bytes));
    p.ops.push_back(ops::MatMul{in, other, w});
    std::swap(in, other);
  }
  p.row_floats = shape.columns;
  p.wanted_floats = shape.columns + shape.rows;
  p.result = in;
  p.max_rows = p.max_wanted = shape.most_rows;
  TRY(out.device_->record(std::move(p)));
  return out;
}

// A Step that wants no row comes first: it only wakes the threads.
Result<double> Products::seconds(uint32_t rows) {
  static constexpr int32_t kTokens[kMostRows] = {};
  static constexpr uint32_t kZeros[kMostRows] = {};
  const ops::SequenceView view{{}, 0, 1};
  ops::Step step{.tokens = {kTokens, rows},
                 .positions = {kZeros, rows},
                 .sequences = {kZeros, rows},
                 .views = {&view, 1}};
  TRY(device_->run(0, step));
  const auto wanted = counted(0, rows);
  step.wanted = wanted;
  return time_of(*device_, step);
}

// ---- attention

namespace {

constexpr uint32_t kHeads = 32, kKvHeads = 8, kHeadSize = 128;
constexpr uint32_t kQueries = kHeads * kHeadSize, kKeys = kKvHeads * kHeadSize;
constexpr uint32_t kFillRows = 256;  // of a Step that fills pages

}  // namespace

Result<Attention> Attention::make(const device::CpuOptions& options, uint32_t layers, uint32_t tokens) {
  Attention out(TRY(device::make_cpu(options)));
  out.layers_ = layers;
  out.tokens_ = tokens / ops::kPageTokens * ops::kPageTokens;
  TRY(out.record());
  TRY(out.fill());
  return out;
}

// Each layer's queries, keys and values are the same row of a table.
Status Attention::record() {
  constexpr uint32_t kWidth = kQueries + 2 * kKeys;
  inputs_ = make_inputs(kWidth);
  const auto table = TRY(load(*device_, Format::F32, kWidth, 1, inputs_));
  const ops::Value row{0, kWidth, 0, kWidth}, out{kWidth, kQueries, 0, kQueries};
  ops::Program p;
  p.ops.push_back(ops::Embed{.table = table, .out = row, .by = ops::Embed::By::first});
  for (uint32_t i = 0; i < layers_; ++i) {
    const uint32_t cache = TRY(device_->make_cache(
        {tokens_ / ops::kPageTokens, kKvHeads, kHeadSize, kHeadSize, ops::KvType::f16}));
    p.caches.push_back({cache, kKvHeads, kHeadSize, kHeadSize, ops::KvType::f16});
    p.ops.push_back(ops::KvWrite{row.columns(kQueries, kKeys), row.columns(kQueries + kKeys, kKeys), i});
    ops::Attend attend{.queries = row.columns(0, kQueries), .out = out, .cache = i, .heads = kHeads};
    attend.scale = 1 / std::sqrt(float(kHeadSize));
    p.ops.push_back(attend);
  }
  p.row_floats = kWidth + kQueries;
  p.result = out;
  p.max_rows = p.max_wanted = kFillRows;
  TRY(device_->record(std::move(p)));
  return {};
}

// Page by page, as sequences of one page: none looks further back, which would take long.
Status Attention::fill() {
  const std::vector<int32_t> tokens(kFillRows);
  for (uint32_t at = 0; at < tokens_; at += kFillRows) {
    const uint32_t rows = std::min(kFillRows, tokens_ - at), pages = rows / ops::kPageTokens;
    const auto page = counted(at / ops::kPageTokens, pages);
    std::vector<std::span<const uint32_t>> tables(pages);
    std::vector<ops::SequenceView> views;
    std::vector<uint32_t> positions(rows), sequences(rows);
    for (uint32_t s = 0; s < pages; ++s) {
      tables[s] = {&page[s], 1};
      views.push_back({{&tables[s], 1}, 0, ops::kPageTokens});
    }
    for (uint32_t r = 0; r < rows; ++r) {
      positions[r] = r % ops::kPageTokens;
      sequences[r] = r / ops::kPageTokens;
    }
    TRY(device_->run(0, {.tokens = std::span(tokens).first(rows),
                         .positions = positions,
                         .sequences = sequences,
                         .views = views}));
  }
  return {};
}

Result<double> Attention::seconds() {
  const auto pages = counted(0, tokens_ / ops::kPageTokens);
  const int32_t token = 0;
  const uint32_t position = tokens_ - 1, sequence = 0;
  const std::span<const uint32_t> table = pages;
  const ops::SequenceView view{{&table, 1}, 0, tokens_};
  return time_of(*device_, {.tokens = {&token, 1},
                            .positions = {&position, 1},
                            .sequences = {&sequence, 1},
                            .views = {&view, 1}});
}

uint64_t Attention::bytes() const { return uint64_t(layers_) * tokens_ * 2 * kKeys * 2; }

}  // namespace straddle::engine
