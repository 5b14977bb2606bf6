// Going on from an earlier point of a sequence: the same bytes as from the start, for attention (any
// point) and for recurrent states (the kept point).
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using engine::Engine;
using engine::Wanted;

struct Case {
  std::string model;
  bool recurrent;
};

class Reuse : public ::testing::TestWithParam<std::tuple<Case, const char*>> {};

// Logits after the last of the tokens.
std::vector<float> after(Engine& engine, std::span<const int32_t> tokens) {
  const auto row = engine.feed(0, tokens, Wanted::last);
  EXPECT_TRUE(row);
  return row ? std::vector<float>(row->begin(), row->end()) : std::vector<float>();
}

TEST_P(Reuse, GoesOnFromAnEarlierPoint) {
  const auto& [one, device] = GetParam();
  const auto model = testing::read_float_model(one.model);
  const auto file = gguf::File::open(model.file);
  ASSERT_TRUE(file);
  auto engine = Engine::load(*file, {.devices = {device}, .context = 128, .max_rows = 16});
  ASSERT_TRUE(engine) << one_line(engine.error());
  const std::span<const int32_t> tokens(model.tokens);
  ASSERT_GE(tokens.size(), 30u);

  const auto whole = after(*engine, tokens.first(30));
  EXPECT_EQ(engine->resume(0, {}), 0u);
  after(*engine, tokens.first(12));
  engine->keep(0);
  std::vector<int32_t> other(tokens.begin(), tokens.begin() + 21);
  other[16] = other[17] = 1;
  after(*engine, std::span(other).subspan(12));
  EXPECT_EQ(engine->resume(0, other), 21u);
  EXPECT_EQ(engine->resume(0, tokens.first(29)), one.recurrent ? 12u : 16u);
  const uint32_t at = engine->length(0);
  EXPECT_EQ(after(*engine, tokens.subspan(at, 30 - at)), whole);
  EXPECT_EQ(engine->resume(0, tokens.first(11)), one.recurrent ? 0u : 11u);
  // A copy does not outlive the tokens that it was kept for.
  EXPECT_EQ(engine->resume(0, {}), 0u);
  after(*engine, std::span(other).first(20));
  EXPECT_EQ(engine->resume(0, std::span(other).first(15)), one.recurrent ? 0u : 15u);
}

TEST_P(Reuse, AContextIsFilledToItsEndAndNoFurther) {
  const auto& [one, device] = GetParam();
  const auto model = testing::read_float_model(one.model);
  const auto file = gguf::File::open(model.file);
  ASSERT_TRUE(file);
  auto engine = Engine::load(*file, {.devices = {device}, .context = 21, .max_rows = 16});
  ASSERT_TRUE(engine) << one_line(engine.error());
  const std::span<const int32_t> tokens(model.tokens);
  ASSERT_TRUE(engine->feed(0, tokens.first(20), Wanted::none));
  const auto refused = engine->feed(0, tokens.subspan(20, 2), Wanted::last);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
  EXPECT_EQ(engine->length(0), 20u);
  after(*engine, tokens.subspan(20, 1));
  EXPECT_EQ(engine->length(0), 21u);
  EXPECT_FALSE(engine->feed(0, tokens.first(1), Wanted::none));
}

// Two sequences in turns: each as if it were alone, with its own pages and its own state.
TEST_P(Reuse, SequencesDoNotMeet) {
  const auto& [one, device] = GetParam();
  const auto model = testing::read_float_model(one.model);
  const auto file = gguf::File::open(model.file);
  ASSERT_TRUE(file);
  const engine::LoadOptions options{.devices = {device}, .context = 128, .sequences = 2, .max_rows = 16};
  auto engine = Engine::load(*file, options);
  ASSERT_TRUE(engine) << one_line(engine.error());
  const std::span<const int32_t> there(model.tokens);
  const std::vector<int32_t> back(there.rbegin(), there.rend());
  std::vector<float> last[2];
  const auto feed = [&](uint32_t sequence, std::span<const int32_t> tokens) {
    const auto row = engine->feed(sequence, tokens, Wanted::last);
    ASSERT_TRUE(row);
    last[sequence].assign(row->begin(), row->end());
  };
  for (size_t at = 0; at < there.size(); at += 7) {
    const size_t n = std::min<size_t>(7, there.size() - at);
    feed(0, there.subspan(at, n));
    if (at == 14) engine->keep(0);
    feed(1, std::span(back).subspan(at, n));
  }
  auto alone = Engine::load(*file, options);
  ASSERT_TRUE(alone);
  EXPECT_EQ(after(*alone, there), last[0]);
  EXPECT_EQ(alone->resume(0, {}), 0u);
  EXPECT_EQ(after(*alone, back), last[1]);
}

INSTANTIATE_TEST_SUITE_P(
    Models, Reuse,
    ::testing::Combine(::testing::Values(Case{"small/llama-yarn", false}, Case{"small/gemma3", false},
                                         Case{"small/deepseek2-v3", false}, Case{"small/mamba", true},
                                         Case{"small/rwkv7", true}, Case{"small/lfm2", true},
                                         Case{"small/qwen35", true}, Case{"small/qwen3next", true}),
                       ::testing::Values("reference", "cpu")),
    [](const auto& one) {
      return testing::gtest_name(std::get<0>(one.param).model + "_" + std::get<1>(one.param));
    });

}  // namespace
}  // namespace straddle
