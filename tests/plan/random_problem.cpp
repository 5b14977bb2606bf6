#include "plan/random_problem.h"

namespace straddle::plan::testing {
namespace {

using model::PartKind;

double between(std::mt19937& random, double least, double most) {
  return std::uniform_real_distribution<>(least, most)(random);
}

uint32_t up_to(std::mt19937& random, uint32_t least, uint32_t most) {
  return std::uniform_int_distribution<uint32_t>(least, most)(random);
}

bool once_in(std::mt19937& random, uint32_t n) { return up_to(random, 1, n) == 1; }

Recipe::Stage random_stage(std::mt19937& random, PartKind kind, uint32_t layer, const Sizes& sizes) {
  Recipe::Stage stage{.kind = kind, .layer = layer};
  const bool whole = sizes.least_steps == 1 && once_in(random, 5);
  stage.steps = whole ? 1 : up_to(random, sizes.least_steps, sizes.steps);
  const double mb = kind == PartKind::attention ? between(random, 5, 150) : between(random, 20, 500);
  stage.step_bytes = uint64_t(mb * 1e6) / stage.steps;
  stage.whole_bytes = once_in(random, 3) ? up_to(random, 0, 2'000'000) : 10'000;
  if (kind == PartKind::attention) stage.kv_bytes = uint64_t(between(random, 0, 40) * 1e6) / stage.steps;
  if (kind == PartKind::experts) stage.read = between(random, 0.05, 1);
  return stage;
}

Share share(const Recipe& r, const Recipe::Device& device, const Recipe::Stage& stage, uint32_t n,
            bool whole) {
  if (n == 0) return {};
  Share out;
  out.weights = stage.step_bytes * n + (whole ? stage.whole_bytes : 0);
  out.kv = uint64_t(double(stage.kv_bytes) * n * r.context);
  out.read = uint64_t(stage.read * double(stage.step_bytes * n));
  out.kv_read = uint64_t(double(out.kv) * r.fill);
  out.ns = int64_t(double(out.read) / device.GBps + double(out.kv_read) / device.kv_GBps + 0.5);
  return out;
}

Stage stage_of(const Recipe& r, const Recipe::Stage& from, uint32_t index) {
  Stage out{.kind = from.kind, .layer = from.layer, .part = index};
  out.steps = from.steps;
  out.rest = from.whole_bytes;
  const auto table = [&](const Recipe::Device& device, bool home) {
    std::vector<Share> shares;
    for (uint32_t n = 0; n <= from.steps; ++n)
      shares.push_back(share(r, device, from, n, home || n == from.steps));
    return shares;
  };
  for (size_t d = 0; d < r.devices.size(); ++d) out.on.push_back(table(r.devices[d], d == 0));
  out.on.push_back(table(r.devices[0], false));
  for (Share& each : out.on.back()) each = {.weights = each.weights, .read = each.read};
  if (from.kind == PartKind::embedding) {
    out.whole = true;
    for (auto& shares : out.on)
      for (Share& each : shares) each.ns = 0, each.read = 0;
  }
  return out;
}

}  // namespace

Recipe random_recipe(std::mt19937& random, const Sizes& sizes) {
  Recipe r{.layers = up_to(random, 1, sizes.layers)};
  r.devices.push_back({between(random, 20, 80), between(random, 15, 80)});
  const uint32_t cards = once_in(random, 8) ? 0 : once_in(random, 8) ? sizes.most_cards : 1;
  for (uint32_t i = 0; i < cards; ++i)
    r.devices.push_back({between(random, 40, 900), between(random, 40, 900), 0, between(random, 1, 300),
                         between(random, 0, 50), once_in(random, 12)});
  const bool experts = once_in(random, 3), same = !once_in(random, 4);
  r.stages.push_back({.kind = PartKind::embedding, .step_bytes = up_to(random, 1, 400) * 1'000'000ull});
  for (uint32_t layer = 0; layer < r.layers; ++layer) {
    for (const bool mixer : {true, false}) {
      const PartKind kind = mixer     ? PartKind::attention
                            : experts ? PartKind::experts
                                      : PartKind::feed_forward;
      Recipe::Stage stage = random_stage(random, kind, layer, sizes);
      if (same && layer > 0) stage = r.stages[r.stages.size() - 2];
      stage.layer = layer;
      r.stages.push_back(stage);
    }
  }
  if (!once_in(random, 5)) r.stages.push_back(random_stage(random, PartKind::output, ops::kNone, sizes));
  r.scratch = up_to(random, 0, 20) * 1'000'000ull;
  const uint64_t all = all_bytes(r);
  r.devices[0].budget =
      uint64_t(double(all) * (once_in(random, 3) ? between(random, 0.2, 1) : 2)) + r.scratch;
  for (size_t d = 1; d < r.devices.size(); ++d)
    r.devices[d].budget = uint64_t(double(all) * between(random, 0, 1.2));
  if (once_in(random, 6)) r.disk_GBps = between(random, 0.5, 7);
  return r;
}

uint64_t all_bytes(const Recipe& r) {
  uint64_t out = 0;
  for (const auto& stage : r.stages)
    out += (stage.step_bytes + stage.kv_bytes) * stage.steps + stage.whole_bytes;
  return out;
}

Problem problem_of(const Recipe& r) {
  Problem p{.host_ns = 10'000, .layers = r.layers};
  for (size_t d = 0; d < r.devices.size(); ++d) {
    const auto& device = r.devices[d];
    p.places.push_back({.kind = d ? PlaceKind::gpu : PlaceKind::cpu,
                        .budget = device.budget,
                        .scratch = r.scratch,
                        .submit_ns = int64_t(device.submit_us * 1000),
                        .wake_ns = int64_t(device.wake_us * 1000),
                        .unified = device.unified,
                        .in_home_memory = device.unified});
  }
  p.places.push_back({.kind = PlaceKind::disk, .budget = 1ull << 62});
  if (r.disk_GBps > 0) {
    p.disk_GBps = r.disk_GBps;
    p.disk_block_ns = int64_t(1e6 / r.disk_GBps);
    p.disk_ring = 4'000'000;
  }
  for (uint32_t i = 0; i < r.stages.size(); ++i) p.stages.push_back(stage_of(r, r.stages[i], i));
  return p;
}

}  // namespace straddle::plan::testing
