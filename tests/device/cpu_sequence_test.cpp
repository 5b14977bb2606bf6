// Ops that look at other tokens: attention over pages, and recurrent states. Whole, in chunks and
// token by token, beside another sequence or alone: the same bytes; and near the truth.
#include <gtest/gtest.h>

#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

constexpr uint32_t kTokens = 150;

struct AttendCase {
  const char* name;
  uint32_t heads, kv_heads, key_size, value_size;
  ops::KvType type;
  uint32_t window;
  bool causal, sinks;
  float softcap;
};

Model attend_model(const AttendCase& c) {
  Model m;
  const uint32_t keys = c.kv_heads * c.key_size, values = c.kv_heads * c.value_size;
  const ops::Value q = m.input(random_floats(kTokens * c.heads * c.key_size, 1), c.heads * c.key_size);
  const ops::Value k = m.input(random_floats(kTokens * keys, 2), keys);
  const ops::Value v = m.input(random_floats(kTokens * values, 3), values);
  const ops::Value out = m.value(c.heads * c.value_size);
  const ops::Weight sinks = m.add(float_weight(random_floats(c.heads, 4), c.heads));
  m.cache({7, c.kv_heads, c.key_size, c.value_size, c.type});
  m.program.ops.push_back(ops::KvWrite{k, v, 0});
  ops::Attend attend{q, out, 0, c.heads, 0.2f, c.softcap, c.window, c.causal, {}};
  if (c.sinks) attend.sinks = sinks;
  m.program.ops.push_back(attend);
  m.program.result = out;
  m.program.max_rows = m.program.max_wanted = 2 * kTokens;
  return m;
}

// Tokens first .. first+rows of sequence 0, and as many rows of sequence 1 where `both`.
TestStep sequence_step(uint32_t first, uint32_t rows, bool both) {
  TestStep s = plain_step(first, rows);
  s.pages = {{4, 1, 5}, {0, 6, 2}};
  for (uint32_t r = 0; both && r < rows; ++r) {
    s.tokens.push_back(int32_t(kTokens - 1 - (first + r)));  // other tokens at the same positions
    s.positions.push_back(first + r);
    s.sequences.push_back(1);
    s.wanted.push_back(rows + r);
  }
  return s;
}

// Runs sequence 0 in chunks; all rows of it.
std::vector<float> in_chunks(ops::Device& device, uint32_t chunk, bool both, size_t width) {
  std::vector<float> out;
  for (uint32_t first = 0; first < kTokens; first += chunk) {
    const uint32_t rows = std::min(chunk, kTokens - first);
    const std::vector<float> got = run(device, sequence_step(first, rows, both));
    out.insert(out.end(), got.begin(), got.begin() + long(rows * width));
  }
  return out;
}

class Attends : public ::testing::TestWithParam<AttendCase> {};

TEST_P(Attends, SameBytesWholeChunkedAndBesideOthers) {
  const Model m = attend_model(GetParam());
  const size_t width = m.program.result.width;
  const auto truth = prepare(make_reference(), m);
  std::vector<float> want = run(*truth, sequence_step(0, kTokens, false));
  want.resize(kTokens * width);
  std::vector<float> first;
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), m);
    const std::vector<float> whole = in_chunks(*device, kTokens, true, width);
    expect_near(whole, want, {1e-15, 2e-12}, v.name);  // measured: 1.5e-14 to 5.3e-13
    if (first.empty()) first = whole;
    ASSERT_EQ(difference(whole, first), "") << v.name;
    if (!GetParam().causal) continue;  // later chunks are seen by earlier rows: no chunks there
    for (uint32_t chunk : {1u, 7u, 64u}) {
      const auto again = prepare(make_cpu(v.options), m);
      ASSERT_EQ(difference(in_chunks(*again, chunk, chunk == 7, width), first), "")
          << v.name << ", " << chunk;
    }
  }
}

constexpr auto kF16 = ops::KvType::f16, kF32 = ops::KvType::f32;

INSTANTIATE_TEST_SUITE_P(
    All, Attends,
    ::testing::Values(AttendCase{"grouped_f16", 6, 2, 64, 64, kF16, 0, true, false, 0},
                      AttendCase{"tiny_heads_f32", 8, 4, 8, 8, kF32, 0, true, false, 0},
                      AttendCase{"window_softcap", 4, 1, 128, 96, kF16, 40, true, false, 2},
                      AttendCase{"window_of_pages", 4, 4, 32, 36, kF32, 100, true, false, 0},
                      AttendCase{"sinks", 4, 2, 64, 64, kF16, 32, true, true, 0},
                      AttendCase{"latent", 16, 1, 192, 130, kF32, 0, true, false, 0},
                      AttendCase{"both_ways", 4, 4, 32, 32, kF32, 0, false, false, 0}),
    [](const auto& one) { return std::string(one.param.name); });

// ---- recurrent ops: state of each sequence in its own slot

void expect_states_carry(Model m, const ops::Value& out, double least = 1e-15) {
  m.program.result = out;
  m.program.max_rows = m.program.max_wanted = 2 * kTokens;
  const size_t width = out.width;
  const auto truth = prepare(make_reference(), m);
  std::vector<float> want = run(*truth, sequence_step(0, kTokens, false));
  want.resize(kTokens * width);
  std::vector<float> first;
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), m);
    for (uint32_t chunk : {kTokens, 1u, 7u}) {
      device->clear_state(0);
      device->clear_state(1);
      const std::vector<float> got = in_chunks(*device, chunk, chunk != 1, width);
      if (first.empty()) first = got;
      ASSERT_EQ(difference(got, first), "") << v.name << ", chunks of " << chunk;
    }
    expect_near(first, want, {least, 1e-13}, v.name);  // measured: 3e-15 to 3.2e-14
  }
}

TEST(CpuStates, Conv) {
  struct Case {
    uint32_t width;
    bool silu;
  };
  for (const auto& [width, silu] : {Case{4, false}, Case{4, true}, Case{1, false}}) {  // 1: no state
    Model m;
    const ops::Value in = m.input(random_floats(kTokens * 50, 1), 50), out = m.value(50);
    const ops::Weight taps = m.add(float_weight(random_floats(50 * width, 2), width));
    const ops::Weight bias = m.add(float_weight(random_floats(50, 3), 50));
    const uint32_t floats = 50 * (width - 1);
    m.program.ops.push_back(ops::Conv{in, out, taps, bias, width, silu, m.state(floats)});
    expect_states_carry(m, out);
  }
}

TEST(CpuStates, Shift) {
  Model m;
  const ops::Value in = m.input(random_floats(kTokens * 50, 1), 50), out = m.value(50);
  m.program.ops.push_back(ops::Shift{in, out, m.state(50)});
  expect_states_carry(m, out, 0);
}

TEST(CpuStates, ScanMamba) {
  Model m;
  const ops::Value u = m.input(random_floats(kTokens * 50, 1), 50),
                   dt = m.input(random_floats(kTokens * 50, 2, 0.1f), 50);
  const ops::Value b = m.input(random_floats(kTokens * 16, 3), 16),
                   c = m.input(random_floats(kTokens * 16, 4), 16);
  const ops::Value step = m.value(50), out = m.value(50);
  std::vector<float> a = random_floats(50 * 16, 5);
  for (float& v : a) v = -std::abs(v);
  m.program.ops.push_back(ops::Act{ops::Activation::softplus, dt, step});
  const ops::Weight a_weight = m.add(float_weight(a, 16)),
                    d = m.add(float_weight(random_floats(50, 6), 50));
  m.program.ops.push_back(ops::ScanMamba{u, step, b, c, out, a_weight, d, m.state(800)});
  expect_states_carry(m, out);
}

TEST(CpuStates, ScanDelta) {
  for (bool interleaved : {false, true}) {
    Model m;
    const auto input = [&](uint32_t width, uint32_t seed) {
      return m.input(random_floats(kTokens * width, seed), width);
    };
    const ops::Value q = input(2 * 32, 1), k0 = input(2 * 32, 2), v = input(4 * 32, 3), b0 = input(4, 4),
                     d0 = input(4, 5);
    const ops::Value k = m.value(64), beta = m.value(4), decay = m.value(4), out = m.value(128);
    m.program.ops.push_back(ops::Norm{ops::Norm::Kind::l2, k0, k, {}, {}, 1e-6f, 32});
    m.program.ops.push_back(ops::Act{ops::Activation::sigmoid, b0, beta});
    m.program.ops.push_back(ops::Act{ops::Activation::sigmoid, d0, decay});
    m.program.ops.push_back(
        ops::ScanDelta{q, k, v, beta, decay, out, 2, 4, 32, interleaved, m.state(4096)});
    expect_states_carry(m, out);
  }
}

TEST(CpuStates, ScanRwkv) {
  Model m;
  const auto input = [&](uint32_t seed) {
    return m.input(random_floats(kTokens * 128, seed, 0.3f), 128);
  };
  const ops::Value r = input(1), w0 = input(2), k = input(3), v = input(4), kk0 = input(5),
                   a0 = input(6);
  const ops::Value w = m.value(128), kk = m.value(128), a = m.value(128), out = m.value(128);
  m.program.ops.push_back(ops::Act{ops::Activation::decay, w0, w});
  m.program.ops.push_back(ops::Norm{ops::Norm::Kind::l2, kk0, kk, {}, {}, 1e-6f, 64});
  m.program.ops.push_back(ops::Act{ops::Activation::sigmoid, a0, a});
  m.program.ops.push_back(ops::ScanRwkv{r, w, k, v, kk, a, out, 64, m.state(128 * 64)});
  expect_states_carry(m, out);
}

}  // namespace
}  // namespace straddle::device::testing
