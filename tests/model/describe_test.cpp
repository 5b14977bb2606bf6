// Files that are valid GGUF but no valid model: refused with a line that names what is wrong.
#include <gtest/gtest.h>

#include <cmath>

#include "model/model.h"
#include "testing/changed_model.h"
#include "testing/golden.h"

namespace straddle::model {
namespace {

std::string refusal(const std::string& drop, const std::string& key, uint32_t value) {
  const auto toy = gguf::File::open(testing::source("share/models/stories260K.gguf"));
  EXPECT_TRUE(toy);
  const auto bytes = testing::changed_model(*toy, drop, key, value);
  const auto file = gguf::File::parse(bytes, "toy");
  EXPECT_TRUE(file);
  const auto blueprint = describe(*file, {});
  return blueprint ? "" : one_line(blueprint.error());
}

TEST(Describe, NamesWhatIsMissingOrWrong) {
  EXPECT_EQ(refusal("", "", 0), "");
  EXPECT_EQ(refusal("blk.3.ffn_up.weight", "", 0), "toy: blk.3.ffn_up.weight: tensor is missing");
  EXPECT_EQ(refusal("", "llama.block_count", 0), "toy: block_count: no layers, or no width");
  EXPECT_EQ(refusal("", "llama.block_count", 513), "toy: llama.block_count: 513 is more than 512");
  EXPECT_EQ(refusal("", "llama.block_count", 6), "toy: blk.5.attn_norm.weight: tensor is missing");
  EXPECT_EQ(refusal("", "llama.attention.head_count", 7).substr(0, 30),
            "toy: attention.head_count: 7 h");
  EXPECT_EQ(refusal("", "llama.embedding_length", 128).find("toy: "), 0u);
  EXPECT_EQ(refusal("", "llama.attention.head_count_kv", 0).substr(0, 29),
            "toy: attention.head_count: 8 ");
}

// Files of 2024 hold each expert as a tensor of its own.
TEST(Describe, NamesTheExpertThatIsMissing) {
  const auto whole = gguf::File::open(testing::source("tests/golden/models/small/qwen3moe.gguf"));
  ASSERT_TRUE(whole);
  const auto bytes = testing::with_separate_experts(*whole);
  const auto old = gguf::File::parse(bytes, "old");
  ASSERT_TRUE(old);
  const auto blueprint = describe(*old, {});
  ASSERT_TRUE(blueprint) << one_line(blueprint.error());
  const auto without = testing::changed_model(*old, "blk.0.ffn_up.1.weight", "", 0);
  const auto file = gguf::File::parse(without, "old");
  ASSERT_TRUE(file);
  const auto refused = describe(*file, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(one_line(refused.error()), "old: blk.0.ffn_up.1.weight: tensor is missing");
}

TEST(Describe, RefusesAnUnknownArchitectureByName) {
  gguf::Writer writer;
  writer.add("general.architecture", std::string_view("llama9"));
  const auto bytes = writer.bytes();
  ASSERT_TRUE(bytes);
  const auto file = gguf::File::parse(*bytes, "file");
  ASSERT_TRUE(file);
  const auto blueprint = describe(*file, {});
  ASSERT_FALSE(blueprint);
  EXPECT_EQ(blueprint.error().kind, ErrorKind::unsupported);
  EXPECT_EQ(blueprint.error().what, "architecture 'llama9' is not known");
}

TEST(Rope, AnglesFollowTheFormula) {
  RotaryEmbedding rope;
  rope.rotated = 4;
  rope.base = 100;
  const uint32_t positions[] = {0, 3};
  float out[8];
  rope_angles(rope, positions, out);
  EXPECT_EQ(out[0], 1);
  EXPECT_EQ(out[1], 0);
  EXPECT_FLOAT_EQ(out[4], std::cos(3.0f));
  EXPECT_FLOAT_EQ(out[7], std::sin(0.3f));
  rope.factor = 3;
  rope_angles(rope, positions, out);
  EXPECT_FLOAT_EQ(out[5], std::sin(1.0f));
}

// Eight pairs over base 10000 and 4096 tokens: those that turn more than 32 times stay, those that turn
// less than once are slowed by the factor, those between follow a line over their number: 2 to 6 here.
TEST(Rope, YarnSlowsPairsByARamp) {
  RotaryEmbedding rope;
  rope.rotated = 16;
  rope.base = 10000;
  rope.factor = 8;
  rope.yarn = true;
  rope.original_context = 4096;
  const uint32_t positions[] = {5};
  float out[16];
  rope_angles(rope, positions, out);
  // 16 ln(4096 / (32 * 2 pi)) / (2 ln 10000) = 2.6, 16 ln(4096 / (2 pi)) / (2 ln 10000) = 5.6
  const double shares[] = {1, 1, 1, 0.75, 0.5, 0.25, 0, 0};
  for (int i = 0; i < 8; ++i) {
    const double angle = 5 * std::pow(10000, -i / 8.0),
                 slowed = angle * (shares[i] + (1 - shares[i]) / 8);
    EXPECT_NEAR(out[2 * i], std::cos(slowed), 1e-6) << i;
    EXPECT_NEAR(out[2 * i + 1], std::sin(slowed), 1e-6) << i;
  }
}

}  // namespace
}  // namespace straddle::model
