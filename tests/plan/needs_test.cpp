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

Result<Needs> count_needs(const Model& m, const std::vector<model::DeviceProgram>& programs,
                          const LoadRequest& request, const DeviceForm& form = {}) {
  const std::vector<DeviceForm> forms(programs.size(), form);
  return plan::count_needs(m.file, m.blueprint, request, programs, forms);
}

// All on one device.
std::vector<model::DeviceProgram> programs_of(const Model& m, const LoadRequest& request) {
  return model::forward(m.blueprint, {}, 1, request.step_size());
}

Result<Needs> count_needs(const Model& m, const LoadRequest& request, const DeviceForm& form = {}) {
  return count_needs(m, programs_of(m, request), request, form);
}

TEST(Needs, CountsEveryByte) {
  const Model m = open_toy();
  const auto plan = count_needs(m, {.context = 100, .sequences = 2, .kv = ops::KvType::f16});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->all.weight_bytes, 1040128u);
  EXPECT_EQ(plan->pages, std::vector<uint32_t>{2});  // of 64 tokens, for each sequence
  // 2 sequences of 2 pages, 5 layers, 4 kv heads of 8 + 8 values, 2 bytes each.
  EXPECT_EQ(plan->all.kv_bytes, 4u * 64 * 5 * 4 * 16 * 2);
  EXPECT_EQ(plan->all.state_bytes, 0u);
  EXPECT_GT(plan->all.scratch_bytes, 0u);
  ASSERT_EQ(plan->devices.size(), 1u);
  EXPECT_EQ(plan->devices[0].own_bytes(), plan->all.own_bytes());
}

TEST(Needs, CountsByTypeSlotsAndWantedRows) {
  const Model m = open_toy();
  const auto plan = [&](const LoadRequest& r) { return count_needs(m, r).value().all; };
  const DeviceNeeds f16 = plan({.context = 64}), f32 = plan({.context = 64, .kv = ops::KvType::f32});
  EXPECT_EQ(f32.kv_bytes, 2 * f16.kv_bytes);
  // A wanted row more: its normed state and its logits at least.
  const DeviceNeeds wanted = plan({.context = 64, .max_wanted = 2});
  EXPECT_GE(wanted.scratch_bytes - f16.scratch_bytes,
            (m.blueprint.width + m.blueprint.vocabulary) * sizeof(float));
  // Each sequence has its states twice: one is kept.
  const LoadRequest three{.context = 64, .sequences = 3};
  auto programs = programs_of(m, three);
  programs[0].program.states = {{0, 10}, {1, 6}};
  EXPECT_EQ(count_needs(m, programs, three)->all.state_bytes, 3 * 2 * 16 * sizeof(float));
}

TEST(Needs, TheSameRequestGivesTheSamePlanAndMoreContextMoreBytes) {
  const Model m = open_toy();
  const auto a = count_needs(m, {.context = 64}), b = count_needs(m, {.context = 64}),
             c = count_needs(m, {.context = 65});
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(a->all.taken_bytes(), b->all.taken_bytes());
  EXPECT_GT(c->all.taken_bytes(), a->all.taken_bytes());
}

TEST(Needs, WhatDoesNotFitIsRefused) {
  const Model m = open_toy();
  const auto fits = count_needs(m, {.context = 384});
  ASSERT_TRUE(fits);
  const uint64_t all = fits->all.weight_bytes + fits->all.taken_bytes();
  EXPECT_TRUE(count_needs(m, {.context = 384, .free_bytes = all}));
  const auto refused = count_needs(m, {.context = 384, .free_bytes = all - 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::no_memory);
  EXPECT_NE(refused.error().what.find("may be used"), std::string::npos) << refused.error().what;
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
  const auto plan = count_needs(Model{*file, *blueprint}, {.context = 64});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->all.weight_bytes, 1040128u);
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
    return count_needs(Model{*file, *blueprint}, {.context = 64}, {.layout = layout}).value().all;
  };
  const DeviceNeeds in_file = needs(quant::Layout::file), packed = needs(quant::Layout::cpu);
  EXPECT_EQ(in_file.mapped_bytes, in_file.weight_bytes);
  EXPECT_EQ(in_file.own_bytes(), in_file.taken_bytes());
  EXPECT_LT(packed.mapped_bytes, in_file.mapped_bytes);
  EXPECT_GE(packed.weight_bytes, in_file.weight_bytes);  // groups are filled up
}

TEST(Needs, AsksTheDeviceWhatAProgramTakes) {
  const Model m = open_toy();
  uint32_t rows = 0;
  const auto needs =
      count_needs(m, {.context = 64, .max_rows = 7}, {.measure = [&](const ops::Program& program) {
                    rows = program.max_rows;
                    return uint64_t(12345);
                  }});
  ASSERT_TRUE(needs);
  EXPECT_EQ(rows, 7u);
  EXPECT_EQ(needs->all.scratch_bytes, 12345u);
}

// ceil(window / 64) + 1 pages that are kept and ceil((window + rows) / 64) + 1 that a Step writes and
// reads; never more than the context has.
TEST(Needs, WindowsHoldAsManyPagesAsTheySee) {
  Model m = open_toy();
  for (size_t i = 0; i < 4; ++i) m.blueprint.caches[i].window = 100;
  LoadRequest request{.context = 1000, .sequences = 2, .max_rows = 64};
  const uint64_t page = 2 * 64 * 4 * 16 * 2;  // of a layer, two sequences
  const auto kv = [&] { return count_needs(m, request).value().all.kv_bytes; };
  EXPECT_EQ(pages_of(request, 100), 7u);
  EXPECT_EQ(pages_of(request, 0), 16u);
  EXPECT_EQ(kv(), page * (4 * 7 + 16));
  request.context = 200;
  EXPECT_EQ(kv(), page * 5 * 4);
}

// 512 layers of 2^33 bytes a page, 2^25 pages: 64 bits wrap to 0.
TEST(Needs, CachesBeyond64BitsDoNotFit) {
  const Model m = open_toy();
  const LoadRequest request{.context = 1u << 31};
  auto programs = programs_of(m, request);
  programs[0].program.caches.assign(512, {.kv_heads = 1u << 24, .key_size = 2, .value_size = 2});
  const auto plan = count_needs(m, programs, request);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::no_memory);
}

// Each device has what it computes, and between them there are rings of two slots.
TEST(Needs, AreCountedForEachDevice) {
  const Model m = open_toy();
  const LoadRequest request{.context = 64};
  model::Placement placement;
  for (const model::Part& part : model::parts(m.blueprint)) {
    const uint32_t units = part.cuts[0].units;
    const bool second = part.kind == model::PartKind::feed_forward;
    placement.push_back({0, {second ? 0 : units, second ? units : 0}});
  }
  const auto programs = model::forward(m.blueprint, placement, 2, request.step_size());
  const auto floats = ring_floats(programs);
  ASSERT_EQ(floats.size(), 4u);
  EXPECT_EQ(floats[0 * 2 + 0] + floats[1 * 2 + 1], 0u);
  EXPECT_EQ(floats[0 * 2 + 1], uint64_t(m.blueprint.width) * request.max_rows);
  EXPECT_EQ(floats[1 * 2 + 0], uint64_t(m.blueprint.width) * request.max_rows);
  const auto needs = count_needs(m, programs, request);
  ASSERT_TRUE(needs);
  ASSERT_EQ(needs->devices.size(), 2u);
  const DeviceNeeds &home = needs->devices[0], &second = needs->devices[1];
  EXPECT_GT(second.weight_bytes, 5u * 3 * 64 * 172 * sizeof(float));  // the feed-forwards, and norms
  EXPECT_EQ(home.weight_bytes + second.weight_bytes, 1040128u);
  EXPECT_EQ(second.kv_bytes, 0u);
  EXPECT_EQ(needs->all.kv_bytes, home.kv_bytes);
  EXPECT_EQ(home.scratch_bytes,
            programs[0].program.value_bytes() + 2 * (floats[1] + floats[2]) * sizeof(float));
  EXPECT_EQ(needs->all.scratch_bytes, home.scratch_bytes + second.scratch_bytes);
}

}  // namespace
}  // namespace straddle::plan
