// The machine of planner.md's worked numbers: a 6-core processor with DDR4-3200 and a card of 16 GB.
#include <gtest/gtest.h>

#include <cmath>
#include <ctime>

#include "plan/shape.h"

namespace straddle::plan {
namespace {

using testing::machine;
using testing::shape;
using testing::Shape;

constexpr double kGiB = 1073741824.0;
const char* kOurs = "ryzen-5600x-rx-7600-xt";
const char* kOllama = "ryzen-5600x-rx-7600-xt-ollama-0.5.11";

Plan plan_of(const Shape& shape, const char* profile, const Request& request) {
  auto plan = make_plan(shape.file, shape.blueprint, machine(profile), request);
  EXPECT_TRUE(plan) << one_line(plan.error());
  return *plan;
}

void check_speeds(const Shape& model, double least, double gap) {
  const std::clock_t begin = std::clock();
  const Plan plan = plan_of(model, kOurs, {.context = 2048});
  const double ms = double(std::clock() - begin) * 1000 / CLOCKS_PER_SEC;
  std::printf("  %.2f tokens/s, bound %.2f, planned in %.1f ms of a processor\n",
              plan.tokens_per_s.expected, plan.bound_tokens_per_s, ms);
  EXPECT_GE(plan.tokens_per_s.expected, least);
  double before = 0;
  for (int i = 1; i <= 10; ++i) {
    const uint64_t cap = uint64_t(i * 1.4 * kGiB);
    const Plan capped = plan_of(model, kOurs, {.context = 2048, .vram = {{"", cap}}});
    EXPECT_LE(capped.bound_tokens_per_s, (1 + gap) * capped.tokens_per_s.expected) << cap;
    EXPECT_GE(capped.bound_tokens_per_s, capped.tokens_per_s.expected) << cap;
    EXPECT_GE(capped.tokens_per_s.expected, 0.999999 * before) << cap;
    before = capped.tokens_per_s.expected;
    for (const DeviceUse& use : capped.devices) {
      EXPECT_EQ(use.weights + use.kv + use.scratch + use.other + use.unused, use.budget);
      EXPECT_FALSE(use.why_unused.empty());
    }
  }
}

TEST(Article, OurPlansAreFastAndNearTheirBound) {
  check_speeds(shape("llama3.3:70b", "Q4_K_M"), 1.50, 0.015);
  check_speeds(shape("llama3.3:70b", "Q2_K"), 3.40, 0.015);
  check_speeds(shape("tanuki:8x8b", "Q4_K_M"), 10.0, 0.035);
}

// What Ollama 0.5.11 did there: tokens/s; RAM of the rows without a card (four sequences) and VRAM of
// the mixed ones, both in GiB.
struct Row {
  uint32_t layers;
  double tokens_per_s, ram, vram;
};

void check_row(const Shape& model, const Row& row) {
  const Plan plan = plan_of(
      model, kOllama, {.context = 2048, .sequences = row.layers ? 1u : 4u, .gpu_layers = row.layers});
  EXPECT_NEAR(plan.tokens_per_s.empty, row.tokens_per_s, 0.05 * row.tokens_per_s);
  const DeviceUse &cpu = plan.devices[0], &card = plan.devices[1];
  const double ram = double(cpu.weights + cpu.kv) / kGiB;
  if (row.layers == 0) {
    EXPECT_NEAR(ram, row.ram, 0.015 * row.ram);
  }
  const uint64_t others = machine(kOllama).devices[1].other_bytes;
  const double vram = double(card.weights + card.kv + card.scratch + card.other + others) / kGiB;
  if (row.vram > 0) {
    EXPECT_NEAR(vram, row.vram, 0.03 * row.vram);
  }
}

TEST(Article, TheSameFunctionExplainsAnotherEngine) {
  const Shape q4 = shape("llama3.3:70b", "Q4_K_M"), q2 = shape("llama3.3:70b", "Q2_K");
  const Shape mixture = shape("tanuki:8x8b", "Q4_K_M"), small = shape("tanuki:8b", "Q6_K");
  check_row(q4, {0, 0.99, 42, 0});
  check_row(q4, {27, 1.34, 0, 15.2});
  check_row(q2, {0, 1.46, 27.2, 0});
  check_row(q2, {46, 2.42, 0, 15.7});
  check_row(mixture, {0, 5.08, 27.6, 0});
  check_row(mixture, {14, 6.44, 0, 13.2});
  check_row(small, {0, 6.77, 6.8, 0});
  check_row(small, {33, 37.5, 0, 0});
}

}  // namespace
}  // namespace straddle::plan
