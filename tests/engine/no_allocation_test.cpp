// After load nothing is allocated: a counter behind operator new stays still while tokens
// are fed, on a dense model, a mixture, and a recurrent one, on one device and on two.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "engine/placements.h"
#include "testing/golden.h"

namespace {

std::atomic<long> allocations{0};

void* counted(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* p = std::malloc(bytes ? bytes : 1)) return p;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(bytes ? bytes : 1);
}
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace straddle {
namespace {

class NoAllocation : public ::testing::TestWithParam<std::string> {};

void expect_none(const gguf::File& file, std::span<const int32_t> tokens,
                 const std::vector<std::string>& devices, const model::Placement& placement,
                 bool watched = false) {
  engine::Trace trace{.moments = 500, .engines = {}};  // watched or not, and however long
  auto engine = engine::Engine::load(file, {.devices = devices,
                                            .placement = placement,
                                            .context = 128,
                                            .max_rows = 16,
                                            .max_wanted = 16,
                                            .trace = watched ? &trace : nullptr});
  ASSERT_TRUE(engine) << one_line(engine.error());

  const long before = allocations.load();
  bool ok = true;
  ok = ok && engine->feed(0, tokens.first(20), engine::Wanted::last).has_value();
  ok = ok && engine->feed(0, tokens.subspan(20, 10), engine::Wanted::all).has_value();
  for (size_t i = 30; i < tokens.size(); ++i) {
    ok = ok && engine->feed(0, tokens.subspan(i, 1), engine::Wanted::last).has_value();
  }
  const long after = allocations.load();
  EXPECT_TRUE(ok);
  EXPECT_EQ(after - before, 0);
}

TEST_P(NoAllocation, AStepAllocatesNothing) {
  const auto model = testing::read_float_model(GetParam());
  const auto file = gguf::File::open(model.file);
  ASSERT_TRUE(file);
  expect_none(*file, model.tokens, {"cpu"}, {});
  const auto blueprint = model::describe(*file, {.context = 128});
  ASSERT_TRUE(blueprint);
  expect_none(*file, model.tokens, {"cpu", "cpu"}, testing::half_of_everything(*blueprint));
  expect_none(*file, model.tokens, {"cpu", "cpu"}, testing::half_of_everything(*blueprint), true);
}

INSTANTIATE_TEST_SUITE_P(Golden, NoAllocation,
                         ::testing::Values("arch/llama", "arch/gemma2", "arch/llama-moe",
                                           "small/gpt-oss", "small/deepseek2-v3", "small/lfm2",
                                           "small/mamba", "small/qwen3next", "small/rwkv7"),
                         [](const auto& name) { return testing::gtest_name(name.param); });

TEST(Counter, Counts) {
  const long before = allocations.load();
  const std::vector<int> kept(1000);
  EXPECT_GT(allocations.load() - before, 0) << kept.size();
}

}  // namespace
}  // namespace straddle
