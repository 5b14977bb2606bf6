// What is no number stays none through every op that could hide it, and what float16 cannot hold is
// clamped: on the reference, every ISA and any number of threads alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "device/cpu_harness.h"

namespace straddle::device::testing {
namespace {

const float kNan = std::nanf("");
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// f(device, name) for the reference and all variants of the CPU.
template <class F>
void on_every_device(const Model& model, F f) {
  const auto truth = prepare(make_reference(), model);
  f(*truth, "reference");
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), model);
    f(*device, v.name);
  }
}

Model finish(Model m, ops::Op op, const ops::Value& out) {
  m.program.ops.push_back(std::move(op));
  m.program.result = out;
  m.program.max_rows = m.program.max_wanted = 1;
  return m;
}

std::vector<float> with_nan(size_t count, size_t at) {
  auto out = random_floats(count, 1);
  out[at] = kNan;
  return out;
}

// Column 5 and no other.
void expect_nan_in_5(const Model& model) {
  on_every_device(model, [](ops::Device& device, const std::string& name) {
    const auto got = run(device, plain_step(0, 1));
    for (size_t i = 0; i < got.size(); ++i) EXPECT_EQ(std::isnan(got[i]), i == 5) << name << ", " << i;
  });
}

class NanActs : public ::testing::TestWithParam<ops::Activation> {};

TEST_P(NanActs, StayNan) {
  Model m;
  const ops::Value in = m.input(with_nan(100, 5), 100), up = m.input(random_floats(100, 2), 100),
                   out = m.value(100);
  expect_nan_in_5(finish(m, ops::Act{GetParam(), in, out}, out));
  expect_nan_in_5(finish(m, ops::ActGate{GetParam(), in, up, out}, out));
  expect_nan_in_5(finish(m, ops::ActGate{GetParam(), up, in, out}, out));
}

INSTANTIATE_TEST_SUITE_P(All, NanActs,
                         ::testing::Values(ops::Activation::silu, ops::Activation::gelu,
                                           ops::Activation::relu2, ops::Activation::sigmoid,
                                           ops::Activation::tanh, ops::Activation::softplus,
                                           ops::Activation::exp, ops::Activation::decay));

TEST(NanValues, StayNanThroughClampsAndCaps) {
  Model m;
  const ops::Value in = m.input(with_nan(100, 5), 100), other = m.input(random_floats(100, 2), 100),
                   out = m.value(100);
  expect_nan_in_5(finish(m, ops::ActGateClamped{in, other, out}, out));
  expect_nan_in_5(finish(m, ops::ActGateClamped{other, in, out}, out));
  expect_nan_in_5(finish(m, ops::Softcap{in, out, 30}, out));
}

// However experts are chosen, one whose logit or bias is NaN is among them, with a weight of NaN.
// Squares beyond float32: the reference adds in double and has the numbers; zeros would be false.
TEST(NanValues, AreMoreHonestThanZerosOfAnOverflow) {
  Model m;
  const ops::Value in = m.input(std::vector<float>(100, 1e25f), 100), out = m.value(100);
  m = finish(m, ops::Norm{ops::Norm::Kind::rms, in, out, {}, {}, 1e-5f, 100}, out);
  for (const Variant& v : variants()) {
    const auto device = prepare(make_cpu(v.options), m);
    const auto got = run(*device, plain_step(0, 1));
    EXPECT_TRUE(std::all_of(got.begin(), got.end(), [](float x) { return std::isnan(x); })) << v.name;
  }
}
TEST(NanValues, ShowInTheRoutersChoice) {
  using Gate = ops::Route::Gate;
  for (const Gate gate : {Gate::softmax, Gate::sigmoid, Gate::softmax_later}) {
    for (const uint32_t groups : {1u, 4u}) {
      for (const bool in_bias : {false, true}) {
        Model m;
        const ops::Value logits = m.input(in_bias ? random_floats(8, 1) : with_nan(8, 6), 8);
        const ops::Value ids = m.value(3), weights = m.value(3);
        ops::Route route{logits, ids, weights, gate};
        route.groups = groups;
        route.groups_used = 2;
        route.normalise = gate != Gate::softmax_later;
        route.bias = m.add(float_weight(in_bias ? with_nan(8, 6) : random_floats(8, 3), 8));
        if (groups == 1) route.groups_used = 1;
        on_every_device(finish(m, route, weights), [](ops::Device& device, const std::string& name) {
          const auto got = run(device, plain_step(0, 1));
          EXPECT_TRUE(std::any_of(got.begin(), got.end(), [](float w) { return std::isnan(w); }))
              << name;
        });
      }
    }
  }
}

// One key: its weight is 1, so what comes out is the value as it was kept.
TEST(Float16Cache, ClampsWhatWouldBecomeInfinite) {
  const std::vector<float> values = {65504,     65519.9f, 65520, -65520,    1e6f, -3e38f,
                                     1,         -2,       kNan,  1e-9f,     0.5f, 70000,
                                     kInfinity, 3,        4e9f,  -kInfinity};
  const std::vector<float> kept = {65504, 65504, 65504, -65504, 65504,     -65504, 1,     -2,
                                   kNan,  0,     0.5f,  65504,  kInfinity, 3,      65504, -kInfinity};
  const std::vector<float> keys(16, 1e5f);
  for (const ops::KvType type : {ops::KvType::f16, ops::KvType::f32}) {
    Model m;
    const ops::Value q = m.input(std::vector<float>(16, 1e-9f), 16), k = m.input(keys, 16),
                     v = m.input(values, 16), out = m.value(16);
    m.cache({1, 1, 16, 16, type});
    m.program.ops.push_back(ops::KvWrite{k, v, 0});
    const bool f16 = type == ops::KvType::f16;
    on_every_device(finish(m, ops::Attend{q, out, 0, 1, 1, 0, 0, true, {}}, out),
                    [&](ops::Device& device, const std::string& name) {
                      TestStep step = plain_step(0, 1);
                      step.pages = {{0}};
                      EXPECT_EQ(difference(run(device, step), f16 ? kept : values), "") << name;
                      EXPECT_EQ(device.counters().clamped, f16 ? 16u + 6 : 0u) << name;
                      run(device, step);
                      EXPECT_EQ(device.counters().clamped, f16 ? 2 * (16u + 6) : 0u) << name;
                    });
  }
}

// A Step that does not fit the Program is refused, and nothing is touched.
TEST(Steps, ThatDoNotFitAreRefused) {
  Model m;
  const ops::Value in = m.input(random_floats(3 * 8, 1), 8), out = m.value(8, ops::Rows::wanted);
  m.program.ops.push_back(
      ops::Embed{m.add(float_weight(random_floats(16, 2), 8)), in, ops::Embed::By::position, 1, true});
  m = finish(m, ops::Gather{in, out}, out);
  m.program.max_rows = 2;
  on_every_device(m, [](ops::Device& device, const std::string& name) {
    const auto refused = [&](TestStep step) { return !device.run(0, step.step()).has_value(); };
    TestStep fine = plain_step(0, 1);
    EXPECT_FALSE(refused(fine)) << name;
    TestStep more_wanted = plain_step(0, 2);
    EXPECT_TRUE(refused(more_wanted)) << name;
    TestStep more_rows = plain_step(0, 3);
    more_rows.wanted = {2};
    EXPECT_TRUE(refused(more_rows)) << name;
    EXPECT_TRUE(refused(plain_step(3, 1))) << name;  // token
    EXPECT_TRUE(refused(plain_step(2, 1))) << name;  // position
  });
}

}  // namespace
}  // namespace straddle::device::testing
