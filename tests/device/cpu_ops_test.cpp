// Every op but products: close to the reference device, and the same bytes on every ISA, thread
// count and batch size.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

// Rounding in float32; measured: up to 3e-14. Exact where no value is rounded.
constexpr Bounds kFloat32{0, 1e-13};

// All variants agree to the byte with the first, row by row and in a batch; all are near the truth.
void expect_close(const Model& model, uint32_t rows, const Bounds& bounds = kFloat32) {
  const auto truth = prepare(make_reference(), model);
  const std::vector<float> want = run(*truth, plain_step(0, rows));
  std::vector<float> first;
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), model);
    const std::vector<float> got = run(*device, plain_step(0, rows));
    expect_near(got, {want.data(), got.size()}, bounds, v.name);
    if (first.empty()) first = got;
    ASSERT_EQ(difference(got, first), "") << v.name;
    const size_t width = got.size() / rows;
    for (uint32_t r = 0; r < rows; ++r) {
      const std::vector<float> alone = run(*device, plain_step(r, 1));
      ASSERT_EQ(difference(alone, {got.begin() + long(r * width), got.begin() + long((r + 1) * width)}),
                "")
          << v.name << ", row " << r << " alone";
    }
  }
}

Model finish(Model m, ops::Op op, const ops::Value& out, uint32_t rows) {
  m.program.ops.push_back(std::move(op));
  m.program.result = out;
  m.program.max_rows = m.program.max_wanted = rows;
  return m;
}

class Norms : public ::testing::TestWithParam<std::tuple<ops::Norm::Kind, uint32_t, uint32_t>> {};

TEST_P(Norms, CloseAndTheSameEverywhere) {
  const auto [kind, width, groups] = GetParam();
  Model m;
  const ops::Value in = m.input(random_floats(5 * width * groups, 1), width * groups),
                   out = m.value(in.width);
  const ops::Weight weight = m.add(float_weight(random_floats(width, 2), width));
  const ops::Weight bias = m.add(float_weight(random_floats(width * groups, 3), width * groups));
  expect_close(finish(m, ops::Norm{kind, in, out, weight, bias, 1e-5f, width}, out, 5), 5);
}

INSTANTIATE_TEST_SUITE_P(All, Norms,
                         ::testing::Combine(::testing::Values(ops::Norm::Kind::rms,
                                                              ops::Norm::Kind::layer,
                                                              ops::Norm::Kind::l2),
                                            ::testing::Values(8u, 64u, 172u, 576u, 4096u),
                                            ::testing::Values(1u, 3u)));

class Acts : public ::testing::TestWithParam<ops::Activation> {};

// Small, middling and large arguments, exactly 0 among them.
std::vector<float> arguments(size_t count) {
  std::vector<float> x = random_floats(count, 4, 3);
  for (size_t i = 0; i < count; i += 5) x[i] *= 1e-3f;
  for (size_t i = 0; i < count; i += 7) x[i] *= 5;
  x[3] = 0;
  return x;
}

TEST_P(Acts, CloseAndTheSameEverywhere) {
  Model m;
  const ops::Value in = m.input(arguments(4 * 300), 300), out = m.value(300);
  expect_close(finish(m, ops::Act{GetParam(), in, out}, out, 4), 4);
}

// Relative error, which a mean over all values would hide: 1e-6 wherever the result is normal.
TEST_P(Acts, EachValueIsAccurate) {
  Model m;
  std::vector<float> x;
  for (float v = -30; v < 30; v += 0.0137f) x.push_back(v);
  for (float v = 1e-30f; v < 1; v *= 3) x.insert(x.end(), {v, -v});
  const auto n = uint32_t(x.size());
  const ops::Value in = m.input(x, n), out = m.value(n);
  m = finish(m, ops::Act{GetParam(), in, out}, out, 1);
  const auto truth = prepare(make_reference(), m), cpu = prepare(make_cpu({1, ""}), m);
  const auto want = run(*truth, plain_step(0, 1)), got = run(*cpu, plain_step(0, 1));
  for (size_t i = 0; i < n; ++i) {
    // The reference's gelu cancels below 0 in its own formula, and exp amplifies a rounded argument.
    const double bound = GetParam() == ops::Activation::gelu && x[i] < -2
                             ? 1e-7 + 0.02 * std::fabs(want[i])
                             : 1.5e-6 * std::fabs(want[i]) + 1e-37;
    ASSERT_NEAR(got[i], want[i], bound) << "at " << x[i];
  }
}

TEST_P(Acts, GatesCloseAndTheSameEverywhere) {
  for (uint32_t width : {1u, 172u}) {
    Model m;
    const ops::Value gate = m.input(arguments(4 * 172), 172),
                     up = m.input(random_floats(4 * 172, 9), 172);
    const ops::Value out = m.value(172);
    expect_close(finish(m, ops::ActGate{GetParam(), gate.columns(0, width), up, out}, out, 4), 4);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Acts,
                         ::testing::Values(ops::Activation::silu, ops::Activation::gelu,
                                           ops::Activation::relu2, ops::Activation::sigmoid,
                                           ops::Activation::tanh, ops::Activation::softplus,
                                           ops::Activation::exp, ops::Activation::decay));

TEST(CpuOps, ActGateClamped) {
  Model m;
  const ops::Value gate = m.input(random_floats(3 * 100, 1, 5), 100),
                   up = m.input(random_floats(300, 2, 5), 100);
  const ops::Value out = m.value(100);
  expect_close(finish(m, ops::ActGateClamped{gate, up, out}, out, 3), 3);
}

TEST(CpuOps, Softcap) {
  Model m;
  const ops::Value in = m.input(random_floats(3 * 100, 1, 40), 100), out = m.value(100);
  expect_close(finish(m, ops::Softcap{in, out, 30}, out, 3), 3);
}

TEST(CpuOps, SumsAndProductsOfRows) {
  Model m;
  const ops::Value a = m.input(random_floats(3 * 96, 1), 96), b = m.input(random_floats(3 * 96, 2), 96);
  const ops::Value c = m.value(96), d = m.value(96), e = m.value(96), out = m.value(96);
  const ops::Weight by = m.add(float_weight(random_floats(32, 3), 32));
  m.program.ops.insert(m.program.ops.end(),
                       {ops::Add{a, b, c, 0.37f}, ops::Multiply{c, b, d}, ops::Multiply{d, {}, e, by},
                        ops::Add{e, {}, d, 1, by}, ops::AddGroupDot{a, b, c, d, 32},
                        ops::Scale{d, e, 1.7f}, ops::Regroup{e, out, 3, 32, 0, 32, 64, 0}});
  // Regroup: every run lands at 64; then the rest of out is filled from the other columns.
  m.program.ops.push_back(ops::Regroup{e, out, 2, 32, 32, 32, 0, 32});
  expect_close(finish(m, ops::Scale{out, out, 1}, out, 3), 3);
}

TEST(CpuOps, EmbeddingsInBlockFormatsAddAndScale) {
  Model m;
  const ops::Weight table = m.add(random_weight(quant::Format::Q6_K, 256, 6, 8));
  const ops::Value out = m.input(random_floats(6 * 256, 2), 256);
  m.program.ops.push_back(ops::Embed{table, out, ops::Embed::By::position, 1.5f, true});
  expect_close(finish(m, ops::Embed{table, out, ops::Embed::By::first, 1, true}, out, 4), 4);
}

TEST(CpuOps, VectorsMayBeInOtherFormats) {
  Model m;
  const ops::Value in = m.input(random_floats(3 * 64, 1), 64), out = m.value(64);
  const ops::Weight weight = m.add(random_weight(quant::Format::F16, 64, 1, 3));
  expect_close(finish(m, ops::Norm{ops::Norm::Kind::rms, in, out, weight, {}, 1e-5f, 64}, out, 3), 3);
}

TEST(CpuOps, RopeOnPartOfAHead) {
  for (bool neox : {false, true}) {
    Model m;
    const ops::Value v = m.input(random_floats(3 * 96, 1), 96);
    m = finish(m, ops::Rope{v, 48, 16, 8, neox, 0}, v, 3);
    TestStep s = plain_step(0, 3);
    s.angles.push_back(random_floats(3 * 16, 5));
    s.factors = {0.5f, 2, 3};
    m.program.ops.push_back(ops::ScaleRows{v.columns(10, 20)});
    const auto truth = prepare(make_reference(), m);
    const auto want = run(*truth, s);
    std::vector<float> first;
    for (const Variant& variant : variants()) {
      const auto device = prepare(make_cpu(variant.options), m);
      const auto got = run(*device, s);
      expect_near(got, want, kFloat32, variant.name);
      if (first.empty()) first = got;
      EXPECT_EQ(difference(got, first), "") << variant.name;
    }
  }
}

TEST(CpuOps, GatherTakesTheWantedRows) {
  Model m;
  const auto x = random_floats(5 * 40, 1);
  const ops::Value in = m.input(x, 40), out = m.value(40, ops::Rows::wanted);
  m = finish(m, ops::Gather{in, out}, out, 5);
  TestStep s = plain_step(0, 5);
  s.wanted = {1, 4};
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), m);
    std::vector<float> want(x.begin() + 40, x.begin() + 80);
    want.insert(want.end(), x.begin() + 160, x.end());
    EXPECT_EQ(difference(run(*device, s), want), "") << v.name;
  }
}

struct RouteCase {
  ops::Route::Gate gate;
  uint32_t groups, used;
  bool normalise, bias;
};

class Routes : public ::testing::TestWithParam<RouteCase> {};

// Router, experts and their sum, as a whole.
TEST_P(Routes, ExpertsCloseAndTheSameEverywhere) {
  const RouteCase c = GetParam();
  for (quant::Format format : {quant::Format::F32, quant::Format::Q4_K}) {
    Model m;
    const ops::Value in = m.input(random_floats(9 * 256, 1), 256),
                     logits = m.input(random_floats(9 * 8, 2), 8);
    const ops::Value ids = m.value(3), weights = m.value(3), mid = m.value(3 * 256),
                     down = m.value(3 * 40), out = m.value(40);
    ops::Route route{logits, ids, weights, c.gate};
    route.groups = c.groups;
    route.groups_used = c.used;
    route.normalise = c.normalise;
    route.scale = 1.25f;
    if (c.bias) route.bias = m.add(float_weight(random_floats(8, 3), 8));
    const auto experts = [&](uint32_t rows, uint32_t seed) {
      return m.add(random_weight(format, 256, 8 * rows, seed), 8);
    };
    const ops::Weight up_bias = m.add(float_weight(random_floats(8 * 256, 4), 256));
    const ops::Weight scale = m.add(float_weight(random_floats(8, 5), 8));
    m.program.ops.push_back(route);
    m.program.ops.push_back(ops::ExpertMatMul{in, ids, mid, experts(256, 6), up_bias, {}});
    m.program.ops.push_back(ops::ExpertMatMul{mid, ids, down, experts(40, 7), {}, scale});
    // int8 activations against the truth's float32: measured 1.6e-4 to 2.6e-4.
    expect_close(finish(m, ops::ExpertSum{down, weights, out}, out, 9), 9,
                 format == quant::Format::F32 ? Bounds{1e-15, 1e-13} : Bounds{1e-4, 4e-4});
  }
}

INSTANTIATE_TEST_SUITE_P(All, Routes,
                         ::testing::Values(RouteCase{ops::Route::Gate::softmax, 1, 1, false, false},
                                           RouteCase{ops::Route::Gate::softmax, 1, 1, true, false},
                                           RouteCase{ops::Route::Gate::softmax_later, 1, 1, false, true},
                                           RouteCase{ops::Route::Gate::sigmoid, 4, 2, true, true}));

// Two groups of equal scores, one of which may be used: the first, though the other's best is as good.
TEST(CpuOps, OfEqualGroupsTheFirstStays) {
  Model m;
  const ops::Value in = m.input({3, 0, 3, 0}, 4), ids = m.value(2), weights = m.value(2),
                   out = m.value(2);
  ops::Route route{in, ids, weights};
  route.groups = 2;
  m.program.ops.push_back(route);
  m = finish(m, ops::Regroup{ids, out, 1, 2, 0, 0, 0, 0}, out, 1);
  std::vector<ops::OwnDevice> devices;
  devices.push_back(prepare(make_reference(), m));
  for (const Variant& v : variants()) devices.push_back(prepare(make_cpu(v.options), m));
  for (const ops::OwnDevice& device : devices) {
    const std::vector<float> got = run(*device, plain_step(0, 1));
    int32_t chosen[2];
    std::memcpy(chosen, got.data(), sizeof chosen);
    EXPECT_EQ(chosen[0], 0) << device->name();
    EXPECT_EQ(chosen[1], 1) << device->name();
  }
}

// What a row of logits chooses and how much each counts, by hand: the sum that weights are divided by is
// at least 2^-14, and just above that it is itself.
TEST(CpuOps, WeightsOfExpertsAreDividedByTheirSumOrItsFloor) {
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const std::vector<float> logits = {-9, -8.5f, -30, -10, /**/ -13, -30, -12, -14, /**/ 1, 3, -2, 0};
  const std::vector<int32_t> chosen = {1, 0, /**/ 2, 0, /**/ 1, 0};
  Model m;
  const ops::Value in = m.input(logits, 4), ids = m.value(2), weights = m.value(2), out = m.value(4);
  ops::Route route{in, ids, weights, ops::Route::Gate::sigmoid};
  route.normalise = true;
  route.scale = 3;
  m.program.ops.push_back(route);
  m.program.ops.push_back(ops::Regroup{ids, out, 1, 2, 0, 0, 0, 0});
  m = finish(m, ops::Regroup{weights, out, 1, 2, 0, 0, 2, 0}, out, 3);
  std::vector<ops::OwnDevice> devices;
  devices.push_back(prepare(make_reference(), m));
  for (const Variant& v : variants()) devices.push_back(prepare(make_cpu(v.options), m));
  for (const ops::OwnDevice& device : devices) {
    const std::vector<float> got = run(*device, plain_step(0, 3));
    for (size_t r = 0; r < 3; ++r) {
      const auto p = [&](size_t j) { return sigmoid(logits[r * 4 + size_t(chosen[r * 2 + j])]); };
      const double sum = std::max(p(0) + p(1), std::ldexp(1.0, -14));
      for (size_t j = 0; j < 2; ++j) {
        int32_t id = 0;
        std::memcpy(&id, &got[r * 4 + j], sizeof id);
        EXPECT_EQ(id, chosen[r * 2 + j]) << device->name() << ", row " << r;
        EXPECT_NEAR(got[r * 4 + 2 + j], 3 * p(j) / sum, 1e-6 * 3 * p(j) / sum) << "row " << r;
      }
    }
  }
}

}  // namespace
}  // namespace straddle::device::testing
