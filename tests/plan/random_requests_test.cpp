// What must hold of plans of real shapes, whatever is asked: 100 random requests, 3,000 with
// STRADDLE_LONG=1. docs/planner.md.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "plan/shape.h"

namespace straddle::plan {
namespace {

using testing::Shape;

constexpr uint64_t kGiB = uint64_t(1) << 30;
constexpr const char* kPins[] = {"*.ffn=vulkan:0@0.3", "*.attention=vulkan:0", "output=vulkan:0",
                                 "output=cpu",         "0-3.mixer=cpu",        "*.experts=vulkan:0@0.2",
                                 "embedding=vulkan:0", "2.ffn=vulkan:0"};

class RandomRequests : public ::testing::Test {
 protected:
  static double between(std::mt19937& random, double least, double most) {
    return std::uniform_real_distribution<>(least, most)(random);
  }
  static uint32_t up_to(std::mt19937& random, uint32_t most) {
    return std::uniform_int_distribution<uint32_t>(0, most)(random);
  }

  static MachineProfile random_machine(std::mt19937& random) {
    MachineProfile machine = testing::machine("ryzen-5600x-rx-7600-xt");
    for (DeviceProfile& device : machine.devices) {
      const double factor = between(random, 0.3, 1);
      for (FormatRate& rate : device.rates)
        for (double& GBps : rate.GBps) GBps *= factor;
      device.kv_f16_GBps *= factor;
      device.submit_us *= between(random, 0, 3);
    }
    machine.devices[0].bytes = uint64_t(between(random, 8, 128) * kGiB);
    if (up_to(random, 2) > 0) machine.disk.reset();
    if (up_to(random, 9) == 0) machine.devices[1].unified = true;
    return machine;
  }

  static Request random_request(std::mt19937& random) {
    Request request{.context = 64u << up_to(random, 8), .sequences = 1 + up_to(random, 3)};
    request.fill = between(random, 0, 1);
    request.kv = up_to(random, 3) ? KvFormat::f16 : KvFormat::q8_0;
    request.vram = {{"", uint64_t(between(random, 0, 14) * kGiB)}};
    if (up_to(random, 3) == 0) request.ram = uint64_t(between(random, 1, 40) * kGiB);
    return request;
  }

  Result<Plan> plan(const Shape& shape, const MachineProfile& machine, const Request& request) {
    return make_plan(shape.file, shape.blueprint, machine, request);
  }

  std::vector<Shape> shapes_ = {
      testing::shape("llama3.2:1b", "Q4_K_M"), testing::shape("llama3.1:8b", "Q2_K"),
      testing::shape("tanuki:8x8b", "Q4_K_M"), testing::shape("qwen3:30b-a3b", "Q4_K_M"),
      testing::shape("gemma3:27b", "Q4_K_M")};
};

void check_sums(const Plan& plan) {
  std::vector<uint64_t> kv(plan.devices.size());
  for (const KvPlace& place : plan.kv) kv[place.device] += place.bytes;
  for (size_t d = 0; d < plan.devices.size(); ++d) {
    const DeviceUse& use = plan.devices[d];
    EXPECT_EQ(use.weights + use.kv + use.scratch + use.other + use.unused, use.budget) << use.name;
    EXPECT_EQ(kv[d], use.kv) << use.name;
    EXPECT_FALSE(use.why_unused.empty());
  }
  EXPECT_GE(plan.bound_tokens_per_s, plan.tokens_per_s.expected);
  EXPECT_GE(plan.tokens_per_s.empty * 1.000001, plan.tokens_per_s.full);
}

// Tolerances: planner.md, where orders may change.
TEST_F(RandomRequests, SumsHoldAndLessIsNeverSlower) {
  const uint32_t count = std::getenv("STRADDLE_LONG") ? 3'000 : 100;
  uint32_t planned = 0;
  for (uint32_t seed = 0; seed < count; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Shape& shape = shapes_[seed % shapes_.size()];
    const MachineProfile machine = random_machine(random);
    const Request request = random_request(random);
    const auto first = plan(shape, machine, request);
    if (!first) {
      EXPECT_EQ(first.error().kind, ErrorKind::no_memory);
      continue;
    }
    ++planned;
    check_sums(*first);
    const double best = first->tokens_per_s.expected;
    const auto never_faster = [&](const Request& changed, const char* what) {
      const auto other = plan(shape, machine, changed);
      if (!other) return;
      check_sums(*other);
      EXPECT_LE(other->tokens_per_s.expected, 1.002 * best) << what;
    };
    Request changed = request;
    changed.context *= 2;
    never_faster(changed, "context");
    changed = request;
    changed.sequences *= 2;
    never_faster(changed, "sequences");
    changed = request;
    changed.pins = {parse_pin(kPins[up_to(random, std::size(kPins) - 1)]).value()};
    never_faster(changed, changed.pins[0].text.c_str());
    changed = request;
    changed.gpu_layers = up_to(random, 30);
    never_faster(changed, "-ngl");
    if (HasFailure()) break;
  }
  std::printf("  %u of %u requests fit\n", planned, count);
}

}  // namespace
}  // namespace straddle::plan
