#include "plan/needs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/golden.h"

namespace straddle::plan {
namespace {

struct Model {
  gguf::File file;
  model::Blueprint blueprint;
};

Model open_toy() {
  auto file = gguf::File::open(testing::source("share/models/stories260K.gguf"));
  EXPECT_TRUE(file);
  auto blueprint = model::describe(*file, {});
  EXPECT_TRUE(blueprint);
  return {*file, *blueprint};
}

TEST(Needs, CountsEveryByte) {
  const Model m = open_toy();
  const auto plan =
      count_needs(m.file, m.blueprint, {.context = 100, .sequences = 2, .kv = ops::KvType::f16});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->weight_bytes, 1040128u);
  EXPECT_EQ(plan->pages, 4u);  // two of 64 tokens for each sequence
  // 5 layers, 4 kv heads of 8 + 8 values, 2 bytes each.
  EXPECT_EQ(plan->kv_bytes, 4u * 64 * 5 * 4 * 16 * 2);
  EXPECT_EQ(plan->state_bytes, 0u);
  EXPECT_GT(plan->scratch_bytes, 0u);
}

TEST(Needs, CountsByTypeSlotsAndWantedRows) {
  Model m = open_toy();
  const auto plan = [&](const LoadRequest& r) { return count_needs(m.file, m.blueprint, r).value(); };
  const Needs f16 = plan({.context = 64}), f32 = plan({.context = 64, .kv = ops::KvType::f32});
  EXPECT_EQ(f32.kv_bytes, 2 * f16.kv_bytes);
  // A wanted row more: its normed state and its logits at least.
  const Needs wanted = plan({.context = 64, .max_wanted = 2});
  EXPECT_GE(wanted.scratch_bytes - f16.scratch_bytes,
            (m.blueprint.width + m.blueprint.vocabulary) * sizeof(float));
  // Each sequence has its states twice: one is kept.
  m.blueprint.states = {10, 6};
  EXPECT_EQ(plan({.context = 64, .sequences = 3}).state_bytes, 3 * 2 * 16 * sizeof(float));
}

TEST(Needs, TheSameRequestGivesTheSamePlanAndMoreContextMoreBytes) {
  const Model m = open_toy();
  const auto a = count_needs(m.file, m.blueprint, {.context = 64}),
             b = count_needs(m.file, m.blueprint, {.context = 64}),
             c = count_needs(m.file, m.blueprint, {.context = 65});
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->taken_bytes(), b->taken_bytes());
  EXPECT_GT(c->taken_bytes(), a->taken_bytes());
}

TEST(Needs, WhatDoesNotFitNamesTheContextThatDoes) {
  const Model m = open_toy();
  const auto fits = count_needs(m.file, m.blueprint, {.context = 384});
  ASSERT_TRUE(fits);
  const uint64_t all = fits->weight_bytes + fits->taken_bytes();
  EXPECT_TRUE(count_needs(m.file, m.blueprint, {.context = 384, .free_bytes = all}));
  const auto refused = count_needs(m.file, m.blueprint, {.context = 6400, .free_bytes = all});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::no_memory);
  EXPECT_EQ(refused.error().hint, "a context of 384 fits: --set num_ctx=384");
  // Never one beyond what the model was made for, even where there is room.
  const auto roomy = count_needs(m.file, m.blueprint, {.context = 640000, .free_bytes = 64 << 20});
  ASSERT_FALSE(roomy);
  EXPECT_EQ(roomy.error().hint, "a context of 512 fits: --set num_ctx=512");
  const auto hopeless = count_needs(m.file, m.blueprint, {.context = 64, .free_bytes = 1000});
  ASSERT_FALSE(hopeless);
  EXPECT_EQ(hopeless.error().hint, "a smaller file is needed");
}

// A vision tower of 4 TB lies in the file and costs nothing.
TEST(Needs, TensorsThatNoPartReadsNeedNoMemory) {
  const Model m = open_toy();
  gguf::Writer writer;
  for (const auto& entry : m.file.entries()) writer.add(entry);
  for (const auto& t : m.file.tensors())
    writer.add_tensor(t.name, t.format, std::span(t.shape, t.n_dims), [&] { return m.file.data(t); });
  const std::vector<uint8_t> tower(64 * 4);
  const uint64_t shape[] = {64};
  writer.add_tensor("v.patch_embd.weight", quant::Format::F32, shape,
                    [&]() -> Result<std::span<const uint8_t>> { return tower; });
  const auto bytes = writer.bytes();
  ASSERT_TRUE(bytes);
  const auto file = gguf::File::parse(*bytes, "with a tower");
  ASSERT_TRUE(file);
  const auto blueprint = model::describe(*file, {});
  ASSERT_TRUE(blueprint);
  const auto plan = count_needs(*file, *blueprint, {.context = 64});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->weight_bytes, 1040128u);
  EXPECT_EQ(std::count(blueprint->reads.begin(), blueprint->reads.end(), false), 1);
  EXPECT_FALSE(blueprint->reads.back());
}

// What stays in the file and what a device lays out anew make up the weights.
TEST(Needs, CountsWeightsInTheLayoutOfTheDevice) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/stories260K.q4_0.gguf");
  const auto file = gguf::File::open(path);
  ASSERT_TRUE(file);
  const auto blueprint = model::describe(*file, {});
  ASSERT_TRUE(blueprint);
  const auto needs = [&](quant::Layout layout) {
    return count_needs(*file, *blueprint, {.context = 64}, {.layout = layout}).value();
  };
  const Needs in_file = needs(quant::Layout::file), packed = needs(quant::Layout::cpu);
  EXPECT_EQ(in_file.mapped_bytes, in_file.weight_bytes);
  EXPECT_EQ(in_file.own_bytes(), in_file.taken_bytes());
  EXPECT_LT(packed.mapped_bytes, in_file.mapped_bytes);
  EXPECT_GE(packed.weight_bytes, in_file.weight_bytes);  // groups are filled up
}

TEST(Needs, AsksTheDeviceWhatAProgramTakes) {
  const Model m = open_toy();
  uint32_t rows = 0;
  const auto needs = count_needs(m.file, m.blueprint, {.context = 64, .max_rows = 7},
                                 {.measure = [&](const ops::Program& program) {
                                   rows = program.max_rows;
                                   return uint64_t(12345);
                                 }});
  ASSERT_TRUE(needs);
  EXPECT_EQ(rows, 7u);
  EXPECT_EQ(needs->scratch_bytes, 12345u);
}

// ceil(window / 64) + 1 pages that are kept and ceil((window + rows) / 64) + 1 that a Step writes and
// reads; never more than the context has.
TEST(Needs, WindowsAreRingsOfPagesWhereAsked) {
  Model m = open_toy();
  for (size_t i = 0; i < 4; ++i) std::get<model::Attention>(m.blueprint.layers[i].mixer).window = 100;
  LoadRequest request{.context = 1000, .sequences = 2, .max_rows = 64};
  const uint64_t page = 2 * 64 * 4 * 16 * 2;  // of a layer, two sequences
  const auto kv = [&] { return count_needs(m.file, m.blueprint, request).value().kv_bytes; };
  EXPECT_EQ(kv(), page * 5 * 16);
  request.windows = WindowPages::rings;
  EXPECT_EQ(pages_of(request, 100), 7u);
  EXPECT_EQ(pages_of(request, 0), 16u);
  EXPECT_EQ(kv(), page * (4 * 7 + 16));
  request.context = 200;
  EXPECT_EQ(kv(), page * 5 * 4);
  // A cache that another layer reads without a window has the whole context.
  request.context = 1000;
  std::get<model::Attention>(m.blueprint.layers[4].mixer).cache = 0;
  EXPECT_EQ(cache_windows(model::parts(m.blueprint), 5), (std::vector<uint32_t>{0, 100, 100, 100, 0}));
}

// 512 layers of 2^33 bytes a page, 2^25 pages: 64 bits wrap to 0.
TEST(Needs, CachesBeyond64BitsDoNotFit) {
  Model m = open_toy();
  m.blueprint.caches.assign(512, {1u << 24, 2, 2});
  const auto plan = count_needs(m.file, m.blueprint, {.context = 1u << 31});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::no_memory);
}

}  // namespace
}  // namespace straddle::plan
