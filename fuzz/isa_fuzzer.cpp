// One op on inputs of the fuzzer's making, on every instruction set that this machine has: the same
// bytes come out (docs/numbers.md), whatever the values are.
//
//   cmake --preset fuzz && cmake --build build/fuzz --target isa_fuzzer
//   build/fuzz/fuzz/isa_fuzzer -max_len=600 -max_total_time=600 /tmp/corpus fuzz/corpus/isa
//
// Input: a byte for the kind of op, bytes for its sizes and flags, then values; they repeat, changed,
// where more are needed.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "device/device.h"

namespace {

using namespace straddle;

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint8_t next() {
    if (size_ == 0) return 0;
    const uint8_t round = uint8_t(at_ / size_ * 37);  // another byte each time round
    return uint8_t(data_[at_++ % size_] ^ round);
  }
  uint32_t below(uint32_t n) { return (next() | uint32_t(next()) << 8) % n; }
  bool flag() { return next() % 2 == 1; }
  // The upper half of a float: all exponents, infinities and NaN among them.
  float value() {
    const uint32_t bits = uint32_t(next()) << 16 | uint32_t(next()) << 24;
    float out;
    std::memcpy(&out, &bits, sizeof out);
    return out;
  }

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
};

struct Table {
  quant::Format format;
  uint32_t columns, rows;
  std::vector<uint8_t> bytes;
};

// A Program over tables that hold its inputs, and what a device needs besides.
struct Trial {
  std::vector<Table> tables;
  std::vector<ops::CacheShape> caches;
  std::vector<ops::StateShape> states;
  ops::Program program;
  uint32_t rows = 1;

  ops::Weight add(Table table) {
    tables.push_back(std::move(table));
    const Table& t = tables.back();
    return {uint32_t(tables.size() - 1), t.format, t.columns, t.rows};
  }
  ops::Weight floats(Bytes& in, uint32_t columns, uint32_t count) {
    Table t{quant::Format::F32, columns, count, std::vector<uint8_t>(size_t(columns) * count * 4)};
    for (size_t at = 0; at < t.bytes.size(); at += 4) {
      const float v = in.value();
      std::memcpy(&t.bytes[at], &v, sizeof v);
    }
    return add(std::move(t));
  }
  ops::Value value(uint32_t width) {
    const ops::Value out{program.row_floats, width, 0, width, ops::Rows::all};
    program.row_floats += width;
    return out;
  }
  ops::Value input(Bytes& in, uint32_t width) {
    const ops::Weight table = floats(in, width, rows);
    const ops::Value out = value(width);
    program.ops.push_back(ops::Embed{table, out});
    return out;
  }
  void finish(ops::Op op, const ops::Value& out) {
    program.ops.push_back(std::move(op));
    program.result = out;
    program.max_rows = program.max_wanted = rows;
  }
};

ops::Activation activation(Bytes& in) { return ops::Activation(in.below(8)); }

Trial product(Bytes& in) {
  Trial t;
  t.rows = 1 + in.below(10);
  std::vector<quant::Format> formats;
  for (const auto& traits : quant::all_formats()) {
    if (traits.dequantize) formats.push_back(traits.format);
  }
  const quant::Traits& traits = quant::traits(formats[in.below(uint32_t(formats.size()))]);
  const auto block = uint32_t(traits.block_values);
  const uint32_t columns = block * (1 + in.below(block == 256 ? 8 : block == 1 ? 700 : 40));
  Table weight{traits.format, columns, 1 + in.below(40), {}};
  weight.bytes.resize(size_t(columns) / block * traits.block_bytes * weight.rows);
  for (uint8_t& byte : weight.bytes) byte = in.next();
  const auto sum = ops::Sum(in.below(3));
  const bool finished = sum == ops::Sum::finished;
  ops::Weight w = t.add(std::move(weight));
  if (!finished) w.segment = 512 * (1 + in.below(2));
  const ops::Value x = t.input(in, columns);
  const ops::Value out = t.value(sum == ops::Sum::apart ? uint32_t(ops::segments(w)) * w.rows : w.rows);
  t.finish(ops::MatMul{x, out, w, {}, finished && in.flag() ? 0.75f : 1, sum}, out);
  return t;
}

Trial norm(Bytes& in) {
  Trial t;
  const uint32_t width = 1 + in.below(700);
  const auto kind = ops::Norm::Kind(in.below(3));
  const ops::Value x = t.input(in, width), out = t.value(width);
  const ops::Weight weight = in.flag() ? t.floats(in, width, 1) : ops::Weight{};
  const ops::Weight bias = in.flag() ? t.floats(in, width, 1) : ops::Weight{};
  t.finish(ops::Norm{kind, x, out, weight, bias, 1e-5f, width}, out);
  return t;
}

Trial by_column(Bytes& in) {
  Trial t;
  const uint32_t width = 1 + in.below(300), kind = in.below(4);
  const ops::Value a = t.input(in, width), b = t.input(in, width), out = t.value(width);
  if (kind == 0) t.finish(ops::Act{activation(in), a, out}, out);
  if (kind == 1) t.finish(ops::ActGate{activation(in), a, b, out}, out);
  if (kind == 2) t.finish(ops::ActGateClamped{a, b, out}, out);
  if (kind == 3) t.finish(ops::Softcap{a, out, 30}, out);
  return t;
}

Trial route(Bytes& in) {
  Trial t;
  const uint32_t experts = 2 + in.below(40);
  const ops::Value logits = t.input(in, experts), ids = t.value(1), weights = t.value(2);
  ops::Route op{logits, ids, weights.columns(0, 1), ops::Route::Gate(in.below(3))};
  op.normalise = in.flag();
  t.finish(op, weights.columns(0, 1));
  return t;
}

Trial attend(Bytes& in) {
  Trial t;
  t.rows = 1 + in.below(80);
  const uint32_t kv_heads = 1 + in.below(2), heads = kv_heads * (1 + in.below(3));
  const uint32_t key_size = 1 + in.below(70), value_size = 1 + in.below(70);
  const ops::Value q = t.input(in, heads * key_size), k = t.input(in, kv_heads * key_size),
                   v = t.input(in, kv_heads * value_size), out = t.value(heads * value_size);
  ops::Attend op{q, out, 0, heads, 0.2f, in.flag() ? 5.0f : 0, in.flag() ? in.below(90) : 0, true, {}};
  if (in.flag()) op.sinks = t.floats(in, heads, 1);
  const auto type = in.flag() ? ops::KvType::f16 : ops::KvType::f32;
  t.program.caches.push_back({0, kv_heads, key_size, value_size, type});
  t.caches.push_back({2, kv_heads, key_size, value_size, type});
  t.program.ops.push_back(ops::KvWrite{k, v, 0});
  t.finish(op, out);
  return t;
}

Trial scan(Bytes& in) {
  Trial t;
  t.rows = 1 + in.below(4);
  const uint32_t inner = 1 + in.below(20), n = 1 + in.below(80);
  const ops::Value u = t.input(in, inner), dt = t.input(in, inner), b = t.input(in, n),
                   c = t.input(in, n), out = t.value(inner);
  const ops::Weight a = t.floats(in, n, inner), d = t.floats(in, inner, 1);
  const ops::State state{0, inner * n};
  t.states.push_back({1, state.floats});
  t.finish(ops::ScanMamba{u, dt, b, c, out, a, d, state}, out);
  return t;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "isa_fuzzer: %s\n", what);
  std::abort();
}

std::vector<float> run(const Trial& t, const char* isa) {
  auto made = device::make_cpu({1, isa});
  require(made.has_value(), "no device");
  ops::Device& device = **made;
  for (const Table& table : t.tables) {
    const ops::Piece piece{table.bytes, table.rows};
    const ops::WeightSource source{table.format, table.columns, table.rows, {&piece, 1}};
    require(device.load(source).has_value(), "load");
  }
  for (const auto& shape : t.caches) require(device.make_cache(shape).has_value(), "cache");
  for (const auto& shape : t.states) require(device.make_state(shape).has_value(), "state");
  const auto recorded = device.record(t.program);
  require(recorded.has_value(), recorded ? "" : recorded.error().what.c_str());
  std::vector<int32_t> tokens(t.rows);
  std::vector<uint32_t> positions(t.rows), sequences(t.rows);
  for (uint32_t r = 0; r < t.rows; ++r) tokens[r] = int32_t(positions[r] = r);
  const uint32_t pages[] = {1, 0};
  const std::span<const uint32_t> table = pages;
  const ops::SequenceView view{{&table, 1}, 0, t.rows};
  ops::Step step{tokens, positions, sequences, {&view, 1}, positions, {}, {}};
  require(device.run(0, step).has_value(), "run");
  const auto result = device.result();
  return {result.begin(), result.end()};
}

bool same(float a, float b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr Trial (*kTrials[])(Bytes&) = {product, norm, by_column, route, attend, scan};
  if (size == 0) return 0;
  Bytes in(data + 1, size - 1);
  const Trial trial = kTrials[data[0] % std::size(kTrials)](in);
  std::vector<float> first;
  for (const char* isa : device::cpu_isas()) {
    const std::vector<float> got = run(trial, isa);
    if (first.empty()) first = got;
    require(got.size() == first.size(), "another size");
    for (size_t i = 0; i < got.size(); ++i) {
      if (same(got[i], first[i])) continue;
      std::fprintf(stderr, "isa_fuzzer: op %zu, value %zu: %a on generic, %a on %s\n",
                   trial.program.ops.back().index(), i, double(first[i]), double(got[i]), isa);
      std::abort();
    }
  }
  return 0;
}
