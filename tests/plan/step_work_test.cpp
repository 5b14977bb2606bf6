#include "plan/step_work.h"

#include <gtest/gtest.h>

#include <cmath>

#include "testing/golden.h"

namespace straddle::plan {
namespace {

struct Model {
  gguf::File file;
  model::Blueprint blueprint;
};

Model open(const std::string& path) {
  auto file = gguf::File::open(path);
  EXPECT_TRUE(file);
  auto blueprint = model::describe(*file, {});
  EXPECT_TRUE(blueprint);
  return {*file, *blueprint};
}

Model open_toy() { return open(testing::source("share/models/stories260K.gguf")); }

TEST(StepWork, ADenseModelReadsEveryWeightOnce) {
  const Model m = open_toy();
  uint64_t all = 0;
  for (size_t i = 0; i < m.file.tensors().size(); ++i)
    if (m.blueprint.reads[i]) all += m.file.tensors()[i].bytes;
  // Its table is input and output: as output it is read.
  const StepWork one = step_work(m.file, m.blueprint, {});
  EXPECT_EQ(one.weight_bytes, double(all));
  EXPECT_EQ(step_work(m.file, m.blueprint, {.rows = 8}).weight_bytes, one.weight_bytes);
}

// 5 layers, 4 kv heads of 8 + 8 values.
TEST(StepWork, KeysAndValuesAreReadOncePerSequence) {
  const Model m = open_toy();
  constexpr double kToken = 5 * 4 * 16;
  const auto kv = [&](const StepShape& shape) { return step_work(m.file, m.blueprint, shape).kv_bytes; };
  EXPECT_EQ(kv({}), kToken * 2);  // the row's own
  EXPECT_EQ(kv({.depth = 99}), 100 * kToken * 2);
  EXPECT_EQ(kv({.depth = 99, .kv = ops::KvType::f32}), 100 * kToken * 4);
  EXPECT_EQ(kv({.rows = 8, .sequences = 8, .depth = 99}), 8 * 100 * kToken * 2);
  EXPECT_EQ(kv({.rows = 28, .depth = 100}), 128 * kToken * 2);
}

TEST(StepWork, MultiplyAddsGrowWithRowsAndLeaveOutTheOutput) {
  const Model m = open_toy();
  const double one = step_work(m.file, m.blueprint, {}).multiply_adds;
  double matrices = 0;
  for (const auto& tensor : m.file.tensors())
    if (tensor.n_dims > 1 && tensor.name.starts_with("blk.")) matrices += double(tensor.elements());
  EXPECT_EQ(one, matrices);
  EXPECT_EQ(step_work(m.file, m.blueprint, {.rows = 128}).multiply_adds, 128 * one);
}

TEST(StepWork, MoreRowsWakeMoreExperts) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/arch/llama-moe.gguf");
  const Model m = open(path);
  const auto* experts = std::get_if<model::Experts>(&m.blueprint.layers[0].feed);
  ASSERT_TRUE(experts);
  const double share = double(experts->used) / experts->count;
  double of_experts = 0;
  for (const auto& tensor : m.file.tensors())
    if (tensor.name.find("_exps.weight") != tensor.name.npos) of_experts += double(tensor.bytes);
  ASSERT_GT(of_experts, 0);
  const auto bytes = [&](uint32_t rows) {
    return step_work(m.file, m.blueprint, {.rows = rows}).weight_bytes;
  };
  for (const uint32_t rows : {2u, 4u, 8u})
    EXPECT_NEAR(bytes(rows) - bytes(1), of_experts * (1 - std::pow(1 - share, rows) - share),
                1e-6 * of_experts);
  EXPECT_EQ(step_work(m.file, m.blueprint, {.rows = 2}).multiply_adds,
            2 * step_work(m.file, m.blueprint, {}).multiply_adds);
}

// Whatever is where, all devices together read what one would; what several need, each of them.
TEST(StepWork, DevicesShareTheWork) {
  const Model m = open_toy();
  const auto parts = model::parts(m.blueprint);
  model::Placement placement;
  for (size_t i = 0; i < parts.size(); ++i) {
    const uint32_t all = parts[i].cuts[0].units, some = i % 3 == 0 ? 0 : i % 3 == 1 ? all : all / 2;
    placement.push_back({0, {all - some, some}});
  }
  const StepShape shape{.depth = 99};
  const StepWork alone = step_work(m.file, m.blueprint, shape);
  const auto shared = step_work(m.file, m.blueprint, shape, placement, 2);
  ASSERT_EQ(shared.size(), 2u);
  EXPECT_GT(shared[0].weight_bytes, 0);
  EXPECT_GT(shared[1].weight_bytes, 0);
  EXPECT_NEAR(shared[0].weight_bytes + shared[1].weight_bytes, alone.weight_bytes,
              1e-3 * alone.weight_bytes);
  EXPECT_NEAR(shared[0].kv_bytes + shared[1].kv_bytes, alone.kv_bytes, 1);
  EXPECT_NEAR(shared[0].multiply_adds + shared[1].multiply_adds, alone.multiply_adds,
              1e-9 * alone.multiply_adds);
}

}  // namespace
}  // namespace straddle::plan
