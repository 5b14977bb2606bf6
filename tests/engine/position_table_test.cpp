// A model whose positions are rows of a table has no others, whatever context is asked for.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "testing/grown_model.h"

namespace straddle {
namespace {

TEST(PositionTable, BoundsTheContext) {
  auto model = testing::seed_of("gpt2");
  model.tensors.push_back({"position_embd.weight", quant::Format::F32, {32, 20}});
  ASSERT_EQ(testing::grow(model), "");
  const auto bytes = model.bytes();
  const auto file = gguf::File::parse(*bytes, "table");
  ASSERT_TRUE(file);
  const std::vector<int32_t> tokens(21, 1);
  for (const char* device : {"cpu", "reference"}) {
    auto engine = engine::Engine::load(*file, {.devices = {device}, .context = 64});
    ASSERT_TRUE(engine) << one_line(engine.error());
    EXPECT_EQ(engine->context(), 20u);
    const auto refused = engine->feed(0, tokens, engine::Wanted::last);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().where, "prompt");
    EXPECT_TRUE(engine->feed(0, std::span(tokens).first(20), engine::Wanted::last));
  }
}

}  // namespace
}  // namespace straddle
