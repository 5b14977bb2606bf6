// A device that fails at any op of a Step, one of two: the Step ends in its error, never in a hang, and
// the next one is as if nothing had been.
#include <gtest/gtest.h>

#include <array>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "engine/placements.h"
#include "engine/wrapped_device.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using engine::Engine;
using engine::Wanted;
using testing::Fault;

struct Failing {
  Fault fault;
  std::array<size_t, 2> ops = {};
  std::optional<Engine> engine;

  void load(const gguf::File& file, const model::Placement& placement, const std::string& device) {
    engine::LoadOptions options{
        .devices = {device, device}, .placement = placement, .threads = 2, .context = 64, .max_rows = 4};
    options.wrap = [this](uint32_t index, ops::OwnDevice inner) {
      return std::make_unique<testing::FailingDevice>(std::move(inner), index, fault, ops[index]);
    };
    auto loaded = Engine::load(file, options);
    ASSERT_TRUE(loaded) << one_line(loaded.error());
    engine.emplace(std::move(*loaded));
  }
  std::vector<float> feed(std::span<const int32_t> tokens) {
    const auto row = engine->feed(0, tokens, Wanted::last);
    EXPECT_TRUE(row) << one_line(row.error());
    return row ? std::vector<float>(row->begin(), row->end()) : std::vector<float>();
  }
  void fails(std::span<const int32_t> tokens, Fault with) {
    fault = with;
    const auto row = engine->feed(0, tokens, Wanted::last);
    fault = {};
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().where, "device " + std::to_string(with.device));
    EXPECT_EQ(row.error().what, "failed after " + std::to_string(with.after) + " ops");
  }
  template <class F>
  void at_every_op(F check) {
    for (uint32_t device = 0; device < 2; ++device) {
      ASSERT_GT(ops[device], 3u);
      for (size_t after = 0; after <= ops[device]; ++after) {
        SCOPED_TRACE("device " + std::to_string(device) + ", " + std::to_string(after) + " ops");
        check(Fault{device, after});
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }
};

class FailingDevice : public ::testing::TestWithParam<const char*> {};

TEST_P(FailingDevice, LeavesTheSequenceAsItWas) {
  const auto file = gguf::File::open(testing::source("share/models/stories260K.gguf"));
  ASSERT_TRUE(file);
  const auto blueprint = model::describe(*file, {});
  ASSERT_TRUE(blueprint);
  Failing one;
  one.load(*file, testing::half_of_everything(*blueprint), GetParam());
  const int32_t tokens[] = {1, 403, 407, 261, 378, 432};
  const auto start = std::span(tokens).first(3), rest = std::span(tokens).subspan(3);
  one.feed(start);
  const std::vector<float> want = one.feed(rest);
  one.at_every_op([&](Fault fault) {
    one.engine->resume(0, start);
    one.fails(rest, fault);
    EXPECT_EQ(one.engine->length(0), start.size());
    EXPECT_TRUE(testing::same_bytes(one.feed(rest), want));
  });
}

// Whose state cannot go back: to where a copy was kept, or to nothing.
TEST_P(FailingDevice, LeavesARecurrentSequenceWhereItWasKept) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/small/mamba.gguf");
  const auto model = testing::read_float_model("small/mamba");
  const auto file = gguf::File::open(path);
  ASSERT_TRUE(file);
  const auto blueprint = model::describe(*file, {});
  ASSERT_TRUE(blueprint);
  Failing one;
  one.load(*file, testing::whole_parts(*blueprint).back().placement, GetParam());
  const std::span<const int32_t> tokens(model.tokens);
  const auto start = tokens.first(3), more = tokens.subspan(3, 2), rest = tokens.subspan(5, 3);
  one.feed(start);
  one.engine->keep(0);
  one.feed(more);
  const std::vector<float> want = one.feed(rest);
  one.at_every_op([&](Fault fault) {
    one.engine->resume(0, start);
    one.feed(more);
    one.fails(rest, fault);
    ASSERT_EQ(one.engine->length(0), start.size());
    one.feed(more);
    EXPECT_TRUE(testing::same_bytes(one.feed(rest), want));
  });
  one.engine->resume(0, {});
  one.feed(start);
  one.fails(more, {1, 2});
  EXPECT_EQ(one.engine->length(0), 0u);
}

// Nothing is thrown on a thread where nobody catches.
TEST_P(FailingDevice, EndsAStepForWantOfMemory) {
  const auto file = gguf::File::open(testing::source("share/models/stories260K.gguf"));
  ASSERT_TRUE(file);
  const auto blueprint = model::describe(*file, {});
  ASSERT_TRUE(blueprint);
  Failing one;
  one.load(*file, testing::half_of_everything(*blueprint), GetParam());
  const int32_t tokens[] = {1, 403};
  for (uint32_t device = 0; device < 2; ++device) {
    one.fault = {.device = device, .after = 2, .no_memory = true};
    const auto row = one.engine->feed(0, tokens, Wanted::last);
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().kind, ErrorKind::no_memory);
  }
  one.fault = {};
  one.feed(tokens);
}

INSTANTIATE_TEST_SUITE_P(On, FailingDevice, ::testing::Values("reference", "cpu"),
                         [](const auto& device) { return std::string(device.param); });

}  // namespace
}  // namespace straddle
