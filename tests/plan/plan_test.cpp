#include "plan/plan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <numeric>

#include "plan/report.h"
#include "plan/shape.h"
#include "plan/stages.h"
#include "testing/golden.h"

namespace straddle::plan {
namespace {

using testing::machine;
using testing::shape;
using testing::Shape;

constexpr uint64_t kGiB = uint64_t(1) << 30;
const char* kMachine = "ryzen-5600x-rx-7600-xt";

Result<Plan> plan_of(const Shape& shape, const Request& request) {
  return make_plan(shape.file, shape.blueprint, machine(kMachine), request);
}

Request with_pins(std::initializer_list<const char*> pins) {
  Request request{.context = 2048};
  for (const char* text : pins) request.pins.push_back(parse_pin(text).value());
  return request;
}

// Shards of a tensor that are no copies cover it once, along one axis; bytes add up.
void check_tensors(const Shape& model, const Plan& plan) {
  std::vector<uint64_t> bytes(model.file.tensors().size());
  for (const TensorPlace& place : plan.tensors) {
    uint64_t sum = 0;
    std::map<uint64_t, uint64_t> ranges;
    for (const Shard& shard : place.shards) {
      sum += shard.bytes;
      EXPECT_TRUE(ranges.emplace(shard.first, shard.count).second);
    }
    uint64_t next = 0;
    for (const auto& [first, count] : ranges) {
      EXPECT_EQ(first, next);
      next = first + count;
    }
    EXPECT_EQ(sum, model.file.tensors()[place.tensor].bytes);
    if (!place.copy) bytes[place.tensor] += sum;
  }
  for (size_t t = 0; t < bytes.size(); ++t) EXPECT_EQ(bytes[t], model.file.tensors()[t].bytes);
}

// Weights of all devices are those of the file where nothing is copied and layouts are the file's.
TEST(Plan, EveryByteOfEveryTensorHasOnePlace) {
  for (const char* name : {"llama3.3:70b", "tanuki:8x8b", "llama3.2:1b", "gemma3:27b", "qwen3:30b-a3b",
                           "gpt-oss:120b", "qwen3.6:35b-a3b"}) {
    SCOPED_TRACE(name);
    const Shape model = shape(name, "Q4_K_M");
    for (const uint64_t vram : {uint64_t(0), 3 * kGiB, 12 * kGiB}) {
      const auto plan = plan_of(model, {.context = 4096, .vram = {{"", vram}}});
      ASSERT_TRUE(plan) << one_line(plan.error());
      check_tensors(model, *plan);
      const auto again = plan_of(model, {.context = 4096, .vram = {{"", vram}}});
      EXPECT_EQ(plan->total_ns, again->total_ns);
      EXPECT_LE(plan->tokens_per_s.full, plan->tokens_per_s.empty);
    }
  }
}

MachineProfile with_two_cards() {
  MachineProfile out = machine(kMachine);
  out.devices.push_back(out.devices[1]);
  out.devices.back().name = "vulkan:1";
  return out;
}

// Two cards have all of a stage between them: the last unit, which is smaller, is one card's alone.
TEST(Plan, CardsHoldWhatTheirShardsList) {
  const MachineProfile profile = with_two_cards();
  for (const char* name : {"llama3.2:1b", "gemma3:27b", "qwen3:30b-a3b"}) {
    SCOPED_TRACE(name);
    const Shape shape = testing::shape(name, "Q4_K_M");
    const Request request{.context = 1024};
    const Model model = make_model(shape.file, shape.blueprint, request);
    const Problem problem = make_problem(model, profile, request, 0.5).value();
    Counts counts(problem);
    for (size_t s = 0; s < problem.stages.size(); ++s) {
      const uint32_t steps = problem.stages[s].steps;
      if (steps < 2) continue;
      counts[s][0] = 0;
      counts[s][1] = steps / 3;
      counts[s][2] = steps - steps / 3;
    }
    const Plan plan = report(model, profile, request, problem, counts);
    check_tensors(shape, plan);
    std::vector<uint64_t> listed(plan.devices.size());
    for (const TensorPlace& place : plan.tensors)
      for (const Shard& shard : place.shards) listed[shard.device] += shard.bytes;
    for (const uint32_t card : {1, 2}) EXPECT_EQ(listed[card], plan.devices[card].weights) << card;
  }
}

TEST(Plan, WindowsHoldWhatTheySeeAndEachLayerHasItsKeysOnce) {
  const Shape model = shape("gemma3:27b", "Q4_K_M");
  const auto plan = plan_of(model, {.context = 32768});
  ASSERT_TRUE(plan);
  std::map<uint32_t, uint64_t> by_layer;
  for (const KvPlace& place : plan->kv) by_layer[place.layer] += place.bytes;
  EXPECT_EQ(by_layer.size(), plan->layers);
  // Every sixth layer sees all: 3.7 GB for 16.6. A page: 64 tokens of 16 heads of 128 + 128 numbers.
  const uint64_t page = 64 * 16 * 256 * 2;
  for (const auto& [layer, bytes] : by_layer)
    EXPECT_EQ(bytes, page * (layer % 6 == 5 ? 512 : 38)) << layer;
}

// ---- pins

TEST(Pins, LastLayersAreWholeAndNothingElseIsAway) {
  const Shape model = shape("llama3.2:1b", "Q4_K_M");
  for (const uint32_t layers : {0u, 5u, 16u, 17u, 99u}) {
    const auto plan = plan_of(model, {.context = 2048, .gpu_layers = layers});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->whole_layers, std::min(layers, 16u));
    for (const StageTime& stage : plan->stages) {
      const bool output = stage.kind == model::PartKind::output;
      const bool away = output ? layers > 16 : stage.layer + layers >= 16;
      EXPECT_EQ(stage.ns[1] > 0, away);
      EXPECT_EQ(stage.ns[0] > 0, !away);
    }
  }
}

// Units of 256 columns: 32 of 8192.
TEST(Pins, AShareIsRoundedToUnits) {
  const Shape model = shape("llama3.2:1b", "Q4_K_M");
  const auto plan = plan_of(model, with_pins({"*=cpu", "3.ffn=vulkan:0@0.3", "output=vulkan:0"}));
  ASSERT_TRUE(plan) << one_line(plan.error());
  for (const model::PartPlace& place : plan->parts) {
    const uint32_t all = std::accumulate(place.units.begin(), place.units.end(), 0u);
    if (place.units[1] == 0 || &place == &plan->parts.back()) continue;
    EXPECT_EQ(all, 32u);
    EXPECT_EQ(place.units[1], 10u);
  }
  EXPECT_EQ(plan->parts.back().units[0], 0u);
}

TEST(Pins, NoPinIsFasterThanNone) {
  const Shape model = shape("llama3.1:8b", "Q4_K_M");
  const double best = plan_of(model, {.context = 2048, .vram = {{"", 3 * kGiB}}})->tokens_per_s.expected;
  for (const char* pin :
       {"*.attention=vulkan:0", "*.ffn=vulkan:0@0.4", "0-9.ffn=vulkan:0", "output=cpu"}) {
    Request request = with_pins({pin});
    request.vram = {{"", 3 * kGiB}};
    const auto plan = plan_of(model, request);
    EXPECT_LE(plan ? plan->tokens_per_s.expected : 0, 1.002 * best) << pin;
  }
}

std::string error_of(const Result<Plan>& plan, ErrorKind kind) {
  if (plan) return "";
  EXPECT_EQ(plan.error().kind, kind);
  return one_line(plan.error());
}

TEST(Pins, WhatCannotBeKeptIsRefused) {
  const Shape model = shape("llama3.2:1b", "Q4_K_M");
  const auto error = [&](Request request) {
    return error_of(plan_of(model, request), ErrorKind::usage);
  };
  EXPECT_EQ(
      error(with_pins({"*.experts=vulkan:0"})),
      "--pin *.experts=vulkan:0: matches nothing (this model has layers 0-15 with attention mixer ffn, "
      "and embedding, output)");
  EXPECT_EQ(error(with_pins({"*=cuda:0"})),
            "--pin *=cuda:0: there is no device cuda:0 (there are cpu, vulkan:0)");
  Request both = with_pins({"3.ffn=cpu"});
  both.gpu_layers = 16;
  EXPECT_EQ(error(both), "--pin 3.ffn=cpu: contradicts -ngl 16");
  both.gpu_layers = 2;
  EXPECT_EQ(error(both), "");
  Request later = with_pins({"3.ffn=cpu", "*.ffn=vulkan:0"});
  later.gpu_layers = 16;
  EXPECT_EQ(error(later), "") << "a pin that a later one overrides says nothing";
  later.pins.push_back(parse_pin("0.ffn=vulkan:0@0.5").value());
  EXPECT_EQ(error(later), "--pin 0.ffn=vulkan:0@0.5: contradicts -ngl 16");
  EXPECT_EQ(error({.context = 64, .vram = {{"vulkan:7", 1}}}), "--vram: no device is called vulkan:7");
  EXPECT_EQ(error({.context = 64, .vram = {{"cpu", 1}}}),
            "--vram: cpu is home, not behind it (--ram SIZE)");
  EXPECT_EQ(error({.context = 64, .vram = {{"", 1}}, .devices = {"cpu"}}),
            "--vram: there is no second device (--device cpu,cpu has one)");
  EXPECT_EQ(error({.context = 64, .vram = {{"", 0}}, .devices = {"cpu"}}), "") << "it holds";
  EXPECT_EQ(error({.context = 64, .devices = {"cpu", "vulkan:7"}}),
            "--device: the profile has no vulkan:7");
  EXPECT_EQ(error({.context = 0}), "--ctx: a context has at least one token");
}

TEST(Pins, TextsThatAreNoPins) {
  for (const char* text :
       {"", "=", "*", "*=", "x=cpu", "3=cpu", "3.=cpu", "5-2.ffn=cpu", "-1.ffn=cpu", "3.ffn=cpu@",
        "3.ffn=cpu@2", "3.ffn=cpu@-1", "3.ffn=cpu@nan", "99999999999.ffn=cpu"})
    EXPECT_FALSE(parse_pin(text)) << text;
  const auto says = [](const char* text, const std::string& what) {
    const std::string line = one_line(parse_pin(text).error());
    EXPECT_TRUE(line.starts_with("--pin " + std::string(text) + ": " + what)) << line;
    EXPECT_LT(line.size(), 150u) << "of the form, what is wrong: " << line;
  };
  says("3.ffn=cpu@2", "'@2' is no share (a number from 0 to 1");
  says("3.ffn=cpu@50%", "'@50%' is no share");
  says("3.ffn=@1", "names no device");
  says("3.ffn", "names no device");
  says("5-2.ffn=cpu", "'5-2.ffn' is no part of a model");
  const auto pin = parse_pin("2-5.ffn=vulkan:0@.25");
  ASSERT_TRUE(pin);
  EXPECT_EQ(pin->first_layer, 2u);
  EXPECT_EQ(pin->last_layer, 5u);
  EXPECT_EQ(pin->device, "vulkan:0");
  EXPECT_EQ(pin->share, 0.25);
}

// Everything away from home, the table of tokens that is the output's too: it is counted there twice.
TEST(Pins, AllOfAModelMayBeBesideHome) {
  for (const char* name : {"llama3.2:1b", "qwen3:30b-a3b"}) {
    const Shape model = shape(name, "Q2_K");
    const auto plan = plan_of(model, with_pins({"*=vulkan:0"}));
    ASSERT_TRUE(plan) << one_line(plan.error());
    EXPECT_EQ(plan->devices[0].weights + plan->devices[0].kv, 0u);
    EXPECT_GE(plan->devices[1].weights, plan->file_bytes / 2);
    check_tensors(model, *plan);
  }
}

// ---- what does not fit

TEST(Plan, WhatDoesNotFitNamesARequestThatDoes) {
  const Shape model = shape("llama3.1:8b", "Q4_K_M");
  MachineProfile small = machine(kMachine);
  small.disk.reset();
  const auto check = [&](const Request& request, const char* key) {
    const auto plan = make_plan(model.file, model.blueprint, small, request);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().kind, ErrorKind::no_memory);
    const auto nearest = nearest_request(model.file, model.blueprint, small, request);
    ASSERT_TRUE(nearest);
    EXPECT_EQ(nearest->changed, std::vector<std::string>{key});
    const auto good = make_plan(model.file, model.blueprint, small, nearest->request);
    ASSERT_TRUE(good);
    EXPECT_EQ(good->tokens_per_s.expected, nearest->tokens_per_s);
  };
  check({.context = 131072, .ram = 10 * kGiB, .vram = {{"", 0}}}, "context");
  check({.context = 2048, .gpu_layers = 33, .vram = {{"", 2 * kGiB}}}, "gpu_layers");
  check({.context = 64, .ram = kGiB, .vram = {{"", 0}}}, "ram");
  check({.context = 4096, .sequences = 64, .ram = 8 * kGiB, .vram = {{"", 0}}}, "sequences");
}

TEST(Plan, WhereRamIsShortTheDiskHoldsTheRest) {
  const Shape model = shape("llama3.3:70b", "Q2_K");
  const auto plan = plan_of(model, {.context = 2048, .ram = 12 * kGiB, .vram = {{"", 0}}});
  ASSERT_TRUE(plan) << one_line(plan.error());
  const DeviceUse& disk = plan->devices.back();
  EXPECT_EQ(disk.kind, PlaceKind::disk);
  EXPECT_NEAR(double(plan->total_ns), double(disk.weights) / 3, 0.05 * double(plan->total_ns));
  EXPECT_LE(plan->devices[0].weights + plan->devices[0].kv, 12 * kGiB);
  check_tensors(model, *plan);
}

TEST(Plan, RequestsOfAnySizeAreAnswered) {
  const Shape model = shape("llama3.2:1b", "Q4_K_M");
  for (const uint32_t huge : {1u << 30, ~0u}) {
    EXPECT_FALSE(plan_of(model, {.context = huge, .sequences = huge}));
    EXPECT_TRUE(plan_of(model, {.context = 64, .rows = huge}));
    EXPECT_TRUE(plan_of(model, {.context = 64, .gpu_layers = huge}));
  }
}

// What a token waits for is the sum of what is listed.
TEST(Plan, TimesAddUp) {
  const Shape model = shape("tanuki:8x8b", "Q4_K_M");
  const MachineProfile ollama = machine("ryzen-5600x-rx-7600-xt-ollama-0.5.11");
  const auto check = [](const Plan& plan) {
    int64_t sum = plan.crossing_ns + plan.host_ns, busy = 0, walls = 0;
    for (const StageTime& stage : plan.stages) {
      sum += stage.wall_ns;
      walls += stage.wall_ns;
      busy += std::accumulate(stage.ns.begin(), stage.ns.end(), int64_t(0));
    }
    EXPECT_EQ(sum, plan.total_ns);
    EXPECT_LE(busy - plan.hidden_ns, walls);
  };
  check(plan_of(model, {.context = 2048}).value());
  check(make_plan(model.file, model.blueprint, ollama, {.context = 2048, .gpu_layers = 14}).value());
}

// An integrated GPU takes of home's memory: what it has is not free.
TEST(Plan, MemoryThatIsSharedIsCountedOnce) {
  const Shape model = shape("tanuki:8x8b", "Q4_K_M");
  const MachineProfile apu = machine("apu-ddr5");
  const Plan plan = make_plan(model.file, model.blueprint, apu, {.context = 2048}).value();
  uint64_t taken = 0, unused = 0;
  for (const DeviceUse& use : plan.devices) {
    if (use.kind == PlaceKind::disk) continue;
    taken += use.budget - use.unused;
    if (use.kind == PlaceKind::cpu) unused = use.unused;
  }
  const DeviceProfile& home = apu.devices[0];
  EXPECT_LE(taken + unused, home.bytes - home.reserve_bytes - home.other_bytes);
}

TEST(Plan, ChangesHelp) {
  const Shape model = shape("llama3.3:70b", "Q4_K_M");
  const MachineProfile profile = machine(kMachine);
  const Plan plan = plan_of(model, {.context = 2048}).value();
  const auto changes = best_changes(model.file, model.blueprint, profile, plan);
  ASSERT_FALSE(changes.empty());
  EXPECT_LE(changes.size(), 3u);
  for (const Change& change : changes) EXPECT_GT(change.tokens_per_s, plan.tokens_per_s.expected);
}

// One memory, one bandwidth: a layer is never computed by both at once.
TEST(Plan, AnIntegratedGpuAddsNoBandwidth) {
  const Shape model = shape("llama3.1:8b", "Q4_K_M");
  MachineProfile apu = machine(kMachine);
  apu.devices[1].unified = true;
  apu.devices[1].rates = apu.devices[0].rates;
  const auto cut = make_plan(model.file, model.blueprint, apu, {.context = 2048});
  const auto alone = make_plan(model.file, model.blueprint, apu, {.context = 2048, .devices = {"cpu"}});
  ASSERT_TRUE(cut && alone);
  EXPECT_LE(cut->tokens_per_s.expected, 1.05 * alone->tokens_per_s.expected);
}

TEST(Machines, AllProfilesOfShareAreGoodAndPlan) {
  const Shape model = shape("llama3.1:8b", "Q4_K_M");
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(straddle::testing::source("share/machines"))) {
    SCOPED_TRACE(entry.path().string());
    const auto plan =
        make_plan(model.file, model.blueprint, machine(entry.path().stem()), {.context = 2048});
    ASSERT_TRUE(plan) << one_line(plan.error());
    EXPECT_GT(plan->tokens_per_s.expected, 3);
    ++count;
  }
  EXPECT_GE(count, 8u);
}

// @most: as much as there is room for, whole parts first, so that hardly a byte of a cap is left.
TEST(Pins, MostFillsADevice) {
  const Shape model = shape("llama3.2:1b", "Q4_K_M");
  for (const uint64_t cap : {kGiB / 4, kGiB / 2, 4 * kGiB}) {
    Request request = with_pins({"*=vulkan:0@most"});
    request.vram = {{"", cap}};
    const auto plan = plan_of(model, request);
    ASSERT_TRUE(plan) << one_line(plan.error());
    check_tensors(model, *plan);
    const DeviceUse& card = plan->devices[1];
    EXPECT_LE(card.weights + card.kv + card.scratch + card.other, cap);
    if (cap < kGiB) {
      EXPECT_LT(card.unused, cap / 50) << cap;
    } else {
      EXPECT_EQ(plan->whole_layers, plan->layers);
    }
  }
}

// The embedding, which is not cut, is a third of this model: other parts make room for it.
TEST(Pins, MostTakesTheEmbeddingWhereThatFillsMore) {
  const Shape model = shape("llama3.1:8b", "Q4_K_M", 2);
  Request request = with_pins({"*=vulkan:0@most"});
  request.vram = {{"", 1'000'000'000}};
  const auto plan = plan_of(model, request);
  ASSERT_TRUE(plan) << one_line(plan.error());
  const DeviceUse& card = plan->devices[1];
  EXPECT_LT(card.unused, 1'000'000'000u / 10);
}

// ---- more processors

// All take from home's memory, each no more than its cap.
MachineProfile two_cpus(uint64_t free, uint64_t second) {
  MachineProfile out = machine(kMachine);
  out.disk.reset();
  out.devices[0].bytes = free;
  out.devices[0].other_bytes = out.devices[0].reserve_bytes = 0;
  out.devices[1] = out.devices[0];
  out.devices[1].name = "cpu1";
  out.devices[1].bytes = second;
  return out;
}

TEST(MoreProcessors, TogetherTheyTakeWhatIsFree) {
  const Shape model = shape("llama3.2:1b", "Q4_K_M");
  const Request request{.context = 2048};
  const auto roomy = make_plan(model.file, model.blueprint, two_cpus(4 * kGiB, 2 * kGiB), request);
  ASSERT_TRUE(roomy) << one_line(roomy.error());
  uint64_t taken = 0;
  for (const DeviceUse& use : roomy->devices) taken += use.weights + use.kv + use.scratch + use.other;
  EXPECT_GT(roomy->devices[1].weights, kGiB / 8);
  EXPECT_TRUE(make_plan(model.file, model.blueprint, two_cpus(taken, 2 * kGiB), request));
  const auto alone = make_plan(model.file, model.blueprint, two_cpus(4 * kGiB, 0), request);
  ASSERT_TRUE(alone);
  const DeviceUse& home = alone->devices[0];
  const uint64_t least = home.weights + home.kv + home.scratch + home.other;
  EXPECT_FALSE(make_plan(model.file, model.blueprint, two_cpus(least / 2, least / 2), request))
      << "two halves of a memory are one memory";
}

// Where Programs are measured, scratch is what they take, on each device what is placed there.
TEST(MoreProcessors, ScratchIsMeasuredOfWhatIsPlaced) {
  const Shape model = shape("llama3.2:1b", "Q4_K_M");
  Request request = with_pins({"*=cpu", "0-3.ffn=cpu1"});
  request.measure = [](uint32_t device, const ops::Program& program) {
    return program.value_bytes() + 1000 * device;
  };
  const auto plan = make_plan(model.file, model.blueprint, two_cpus(4 * kGiB, 2 * kGiB), request);
  ASSERT_TRUE(plan) << one_line(plan.error());
  const auto programs = model::forward(model.blueprint, placement(*plan), 2, {256, 1});
  EXPECT_EQ(plan->devices[1].scratch, programs[1].program.value_bytes() + 1000);
  uint64_t rings = 0;
  for (const uint64_t floats : ring_floats(programs)) rings += 2 * floats * sizeof(float);
  EXPECT_EQ(plan->devices[0].scratch, programs[0].program.value_bytes() + rings);
}

}  // namespace
}  // namespace straddle::plan
