// Keys that multiply beyond what a value may be, with tensors that make them true: refused with the
// tensor or key, never wrapped.
#include <gtest/gtest.h>

#include <algorithm>

#include "model/model.h"
#include "testing/grown_model.h"

namespace straddle::model {
namespace {

using testing::SparseModel;

std::string grown(SparseModel m) {
  std::string line = testing::grow(m);
  const std::string name = "grown: ";
  return line.starts_with(name) ? line.substr(name.size()) : line;
}

SparseModel with(std::string_view architecture,
                 std::initializer_list<std::pair<const char*, uint32_t>> keys,
                 std::initializer_list<SparseModel::Tensor> tensors = {}) {
  SparseModel m = testing::seed_of(architecture);
  for (const auto& [key, value] : keys) m.set(std::string(architecture) + "." + key, value);
  for (const auto& t : tensors) m.tensors.push_back(t);
  return m;
}

TEST(HostileShapes, EveryArchitectureGrowsFromItsKeys) {
  for (std::string_view name : architectures()) EXPECT_EQ(grown(testing::seed_of(name)), "") << name;
}

// heads x rank = 2^32, which 32 bits take for 0.
TEST(HostileShapes, LatentAttention) {
  EXPECT_EQ(grown(with("deepseek2", {{"attention.head_count", 65536},
                                     {"attention.head_count_kv", 65536},
                                     {"attention.kv_lora_rank", 65536},
                                     {"attention.key_length_mla", 3},
                                     {"attention.value_length_mla", 1},
                                     {"rope.dimension_count", 2}})),
            "blk.0.attn_k_b.weight: 65536 x 65538 values for a token are more than 16777216");
  EXPECT_EQ(grown(with("deepseek2",
                       {{"attention.head_count", 65536},
                        {"attention.head_count_kv", 65536},
                        {"attention.key_length_mla", 4},
                        {"attention.value_length_mla", 65534},
                        {"rope.dimension_count", 2}},
                       {{"blk.0.attn_kv_b.weight", quant::Format::F32, {1}}})),
            "blk.0.attn_output.weight: 4294836224 values for a token are more than 16777216");
}

TEST(HostileShapes, Attention) {
  EXPECT_EQ(grown(with("llama", {{"attention.head_count", 65536},
                                 {"attention.head_count_kv", 1},
                                 {"attention.key_length", 65536},
                                 {"attention.value_length", 1}})),
            "blk.0.attn_q.weight: 4294967296 values for a token are more than 16777216");
  EXPECT_EQ(grown(with("llama", {{"attention.head_count", 32768},
                                 {"attention.head_count_kv", 32768},
                                 {"attention.key_length", 2},
                                 {"attention.value_length", 65536}})),
            "blk.0.attn_v.weight: 2147483648 values for a token are more than 16777216");
}

TEST(HostileShapes, FusedAndGatedAttention) {
  EXPECT_EQ(grown(with("llama",
                       {{"attention.head_count", 65536},
                        {"attention.head_count_kv", 65536},
                        {"attention.key_length", 65534},
                        {"attention.value_length", 2}},
                       {{"blk.0.attn_qkv.weight", quant::Format::F32, {1}}})),
            "blk.0.attn_qkv.weight: 8589803520 values for a token are more than 16777216");
  // Gated: 2 x heads x size in one product.
  EXPECT_EQ(grown(with("qwen35", {{"full_attention_interval", 1},
                                  {"attention.head_count", 32768},
                                  {"attention.head_count_kv", 1},
                                  {"attention.key_length", 65536},
                                  {"attention.value_length", 1}})),
            "blk.0.attn_q.weight: 4294967296 values for a token are more than 16777216");
}

// used x rows: neither is large alone.
TEST(HostileShapes, Experts) {
  EXPECT_EQ(grown(with("llama", {{"expert_count", 256}, {"expert_used_count", 256}},
                       {{"blk.0.ffn_gate_inp.weight", quant::Format::F32, {1}},
                        {"blk.0.ffn_down_exps.weight", quant::Format::F32, {16777216, 32, 256}}})),
            "blk.0.ffn_gate_exps.weight: 256 x 16777216 values for a token are more than 16777216");
}

TEST(HostileShapes, RecurrentParts) {
  EXPECT_EQ(grown(with("mamba", {{"ssm.inner_size", 1048576}, {"ssm.state_size", 4096}})),
            "mamba.ssm.state_size: a state of 4294967296 values is more than 1073741824");
  EXPECT_EQ(grown(with(
                "qwen3next",
                {{"ssm.group_count", 65536}, {"ssm.time_step_rank", 65536}, {"ssm.state_size", 65536}})),
            "blk.0.attn_qkv.weight: 12884901888 values for a token are more than 16777216");
  EXPECT_EQ(grown(with("qwen3next",
                       {{"ssm.group_count", 1}, {"ssm.time_step_rank", 1}, {"ssm.state_size", 65536}})),
            "qwen3next.ssm.state_size: a state of 4294967296 values is more than 1073741824");
  EXPECT_EQ(grown(with("rwkv7", {{"embedding_length", 65536}, {"wkv.head_size", 65536}})),
            "rwkv7.wkv.head_size: a state of 4294967296 values is more than 1073741824");
  EXPECT_EQ(grown(with("lfm2", {{"embedding_length", 16777216},
                                {"attention.head_count", 256},
                                {"attention.head_count_kv", 0}})),
            "blk.0.shortconv.in_proj.weight: 50331648 values for a token are more than 16777216");
}

TEST(HostileShapes, WholeModel) {
  EXPECT_EQ(grown(with("gemma4", {{"embedding_length_per_layer_input", 65536},
                                  {"block_count", 512},
                                  {"attention.head_count_kv", 2}})),
            "per_layer_model_proj.weight: 33554432 values for a token are more than 16777216");
  SparseModel words = testing::seed_of("llama");
  words.find("token_embd.weight")->shape = {32, 16777217};
  EXPECT_EQ(grown(words), "token_embd.weight: 16777217 values for a token are more than 16777216");
}

// A layer without keys of its own reads another's, of the same size.
TEST(HostileShapes, NoContextAndHalfPairs) {
  EXPECT_EQ(grown(with("llama", {{"context_length", 0}})), "llama.context_length: is 0");
  EXPECT_EQ(grown(with("gemma4", {{"rope.dimension_count_swa", 3}})),
            "gemma4.rope.dimension_count_swa: is odd");
}
TEST(HostileShapes, SharedKeysOfAnotherSize) {
  SparseModel m = with("gemma4", {{"block_count", 3}, {"attention.shared_kv_layers", 1}});
  const uint32_t heads[] = {2, 4, 2};
  m.set("gemma4.attention.head_count_kv", std::span<const uint32_t>(heads));
  EXPECT_EQ(grown(m),
            "gemma4.attention.shared_kv_layers: layer 2 would read keys of another size, of layer 1");
}

// Gates come with the queries, a gate for each of their values.
TEST(HostileShapes, GatesOfAnotherSizeThanValues) {
  EXPECT_EQ(grown(with("qwen35", {{"attention.value_length", 64}})),
            "qwen35.attention.value_length: is 64, but the gates are of key_length's 8");
}

// One vector may span rows of its tensor, but each of six may not begin in the middle of one.
TEST(HostileShapes, VectorsThatBeginInTheMiddleOfARow) {
  SparseModel m = testing::seed_of("rwkv7");
  m.tensors.push_back({"blk.0.time_mix_lerp_fused.weight", quant::Format::F32, {64, 3}});
  testing::grow(m);
  EXPECT_EQ(m.find("blk.0.time_mix_lerp_fused.weight")->shape, (std::vector<uint64_t>{32, 6}));
  SparseModel shared = with("qwen2moe", {{"expert_count", 4}, {"expert_used_count", 2}},
                            {{"blk.0.ffn_gate_inp.weight", quant::Format::F32, {1}},
                             {"blk.0.ffn_down_exps.weight", quant::Format::F32, {8, 32, 4}},
                             {"blk.0.ffn_down_shexp.weight", quant::Format::F32, {8, 32}},
                             {"blk.0.ffn_gate_inp_shexp.weight", quant::Format::F32, {16, 2}}});
  testing::grow(shared);
  EXPECT_EQ(shared.find("blk.0.ffn_gate_inp_shexp.weight")->shape, (std::vector<uint64_t>{32}));
}

}  // namespace
}  // namespace straddle::model
