// A model over two devices against the same one on one: the same bytes where its parts are cut at the
// borders of segments, else what another order of additions costs. In whatever order the devices come.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "engine/placements.h"
#include "engine/wrapped_device.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using testing::GoldenModel;
using testing::logits;
using testing::NamedPlacement;
using testing::Where;

// NMSE of another order of additions; 27 layers in float32 gather more.
double most(const GoldenModel& model) {
  return model.name.find("deepseek2-lite") != model.name.npos ? 1e-8 : 1e-9;
}

GoldenModel toy() {
  return {.name = "stories260K",
          .file = testing::source("share/models/stories260K.gguf"),
          .tokens = {1, 403, 407, 261, 378, 432, 300, 420, 266, 350, 273, 285, 410},
          .runs = {{.context = 128, .ref_file = {}, .llama_file = {}}}};
}

model::Blueprint describe(const GoldenModel& model) {
  const auto file = gguf::File::open(model.file);
  EXPECT_TRUE(file);
  const auto blueprint = model::describe(*file, {.context = model.runs[0].context});
  EXPECT_TRUE(blueprint);
  return *blueprint;
}

// Over every placement. Devices of one kind give the bytes of one where parts are cut at borders.
void expect_same(const GoldenModel& model, const Where& alone, Where both) {
  const bool alike = both.device == both.second;
  const model::Blueprint blueprint = describe(model);
  const size_t chunk = blueprint.causal ? 5 : 64;  // else a text is read at once
  const auto want = logits(model, model.runs[0], alone, chunk);
  for (const NamedPlacement& place : testing::placements_of_two(blueprint)) {
    SCOPED_TRACE(place.name);
    both.placement = place.placement;
    const auto got = logits(model, model.runs[0], both, chunk);
    if (alike && place.keeps_bytes)
      EXPECT_TRUE(testing::same_bytes(got, want));
    else
      EXPECT_LE(testing::nmse(got, want), most(model));
  }
}

TEST(TwoDevices, GiveTheLogitsOfOne) {
  for (const std::string device : {"reference", "cpu"})
    expect_same(toy(), {.device = device, .threads = 1},
                {.device = device, .threads = 2, .second = device});
}

// Each device slower than the other, at other places each time.
TEST(TwoDevices, MayComeInAnyOrder) {
  for (const std::string device : {"reference", "cpu"}) {
    Where both{.device = device, .threads = 2, .second = device};
    for (uint32_t seed = 1; seed <= 3; ++seed) {
      both.wrap = [seed](uint32_t index, ops::OwnDevice inner) -> ops::OwnDevice {
        return std::make_unique<testing::SlowDevice>(std::move(inner), 2 * seed + index);
      };
      expect_same(toy(), {.device = device, .threads = 1}, both);
    }
  }
}

class TwoDevicesGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(TwoDevicesGolden, GiveTheLogitsOfOne) {
  const auto model = testing::read_float_model(GetParam());
  const Where reference{.device = "reference", .threads = 1}, cpu{.device = "cpu", .threads = 1};
  expect_same(model, reference, {.device = "reference", .threads = 2, .second = "reference"});
  expect_same(model, cpu, {.device = "cpu", .threads = 2, .second = "cpu"});
  expect_same(model, reference, {.device = "reference", .threads = 2, .second = "cpu"});
}

INSTANTIATE_TEST_SUITE_P(Golden, TwoDevicesGolden, ::testing::ValuesIn(testing::float_models()),
                         [](const auto& name) { return testing::gtest_name(name.param); });

// The bounds of each format's rule (golden/models/quant/README.md): a part whose matrices are of one
// segment is cut inside of it here.
TEST(TwoDevices, StayWithinTheRuleOfEachFormat) {
  const auto models = testing::read_quant_models();
  if (models.empty()) GTEST_SKIP() << "no golden data: models/quant";
  for (const GoldenModel& model : models) {
    const auto rule = quant::traits(*quant::format_by_name(model.name)).activation;
    const double limit = rule == quant::ActivationFormat::float32    ? 2e-12
                         : rule == quant::ActivationFormat::int8_x32 ? 1.5e-3
                                                                     : 3e-3;
    const auto truth = testing::read_floats(model.runs[0].ref_file);
    for (const NamedPlacement& place : testing::placements_of_two(describe(model))) {
      SCOPED_TRACE(model.name + ": " + place.name);
      const Where both{.device = "cpu", .threads = 2, .second = "cpu", .placement = place.placement};
      EXPECT_LE(testing::nmse(logits(model, model.runs[0], both, 64), truth), limit);
    }
  }
}

TEST(TwoDevices, AreRefusedByName) {
  const auto file = gguf::File::open(toy().file);
  ASSERT_TRUE(file);
  for (const std::vector<std::string>& devices :
       {std::vector<std::string>{"cpu", "abacus"}, std::vector<std::string>{}}) {
    const auto engine = engine::Engine::load(*file, {.devices = devices});
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().kind, ErrorKind::usage);
    EXPECT_EQ(engine.error().where, "--device");
  }
}

}  // namespace
}  // namespace straddle
