// Mixes against published files: the bytes of all tensors of known models, by shape alone. The
// expected numbers are those of the shapes' list, which fit published file sizes to the byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "store/store.h"

namespace straddle::store {
namespace {

using quant::Format;

struct Shape {
  uint64_t layers, embedding, heads, kv_heads, head_size, ffn, vocabulary;
  uint64_t experts = 0;
  bool tied = false;
  bool rope_factors = false;
  bool head_norms = false;  // attn_q_norm, attn_k_norm
  bool post_norms = false;  // norms behind both halves
};

constexpr Shape kLlama70B{80, 8192, 64, 8, 128, 28672, 128256, 0, false, true};
constexpr Shape kLlama8B{32, 4096, 32, 8, 128, 14336, 128256, 0, false, true};
constexpr Shape kMixtral{32, 4096, 32, 8, 128, 14336, 32000, 8};
constexpr Shape kSmol135M{30, 576, 9, 3, 64, 1536, 49152, 0, true};
constexpr Shape kSmol1B{24, 2048, 32, 32, 64, 8192, 49152, 0, true};
constexpr Shape kGemma270M{18, 640, 4, 1, 256, 2048, 262144, 0, true, false, true, true};
constexpr Shape kQwen30B{48, 2048, 32, 4, 128, 768, 151936, 128, false, false, true};

// Tensors as a file of this shape has them, matrices F16.
class Model {
 public:
  explicit Model(const Shape& s, std::string architecture = "llama")
      : facts_{std::move(architecture), s.layers, s.experts, s.heads / s.kv_heads} {
    add("token_embd.weight", {s.embedding, s.vocabulary});
    add("output_norm.weight", {s.embedding});
    if (!s.tied) add("output.weight", {s.embedding, s.vocabulary});
    if (s.rope_factors) add("rope_freqs.weight", {s.head_size / 2});
    for (uint64_t i = 0; i < s.layers; ++i) add_layer(s, "blk." + std::to_string(i) + ".");
  }

  const ModelFacts& facts() const { return facts_; }
  std::span<const gguf::Tensor> tensors() const { return tensors_; }

  std::map<std::string, Format> formats(const char* recipe) const {
    const auto chosen = choose_formats(recipe_by_name(recipe).value(), facts_, tensors_);
    std::map<std::string, Format> out;
    for (size_t i = 0; i < chosen.size(); ++i) out[names_[i]] = chosen[i].format;
    return out;
  }

  // Of all tensors, each padded to 32 bytes.
  uint64_t bytes(const char* recipe) const {
    const auto chosen = choose_formats(recipe_by_name(recipe).value(), facts_, tensors_);
    uint64_t sum = 0;
    for (size_t i = 0; i < chosen.size(); ++i) {
      const gguf::Tensor& tensor = tensors_[i];
      const uint64_t rows = tensor.elements() / tensor.shape[0];
      sum += (quant::row_bytes(chosen[i].format, tensor.shape[0]).value() * rows + 31) / 32 * 32;
    }
    return sum;
  }

 private:
  void add(std::string name, std::vector<uint64_t> shape) {
    names_.push_back(std::move(name));
    gguf::Tensor tensor{.name = names_.back(), .n_dims = uint32_t(shape.size())};
    std::copy(shape.begin(), shape.end(), tensor.shape);
    const bool is_float = shape.size() == 1 || tensor.name.ends_with("ffn_gate_inp.weight");
    tensor.format = is_float ? Format::F32 : Format::F16;
    tensors_.push_back(tensor);
  }

  void add_layer(const Shape& s, const std::string& blk) {
    const uint64_t q = s.heads * s.head_size, kv = s.kv_heads * s.head_size;
    add(blk + "attn_norm.weight", {s.embedding});
    add(blk + "attn_q.weight", {s.embedding, q});
    add(blk + "attn_k.weight", {s.embedding, kv});
    add(blk + "attn_v.weight", {s.embedding, kv});
    add(blk + "attn_output.weight", {q, s.embedding});
    add(blk + "ffn_norm.weight", {s.embedding});
    if (s.head_norms) {
      add(blk + "attn_q_norm.weight", {s.head_size});
      add(blk + "attn_k_norm.weight", {s.head_size});
    }
    if (s.post_norms) {
      add(blk + "post_attention_norm.weight", {s.embedding});
      add(blk + "post_ffw_norm.weight", {s.embedding});
    }
    s.experts ? add_experts(s, blk) : add_dense(s, blk);
  }

  void add_dense(const Shape& s, const std::string& blk) {
    add(blk + "ffn_gate.weight", {s.embedding, s.ffn});
    add(blk + "ffn_up.weight", {s.embedding, s.ffn});
    add(blk + "ffn_down.weight", {s.ffn, s.embedding});
  }

  void add_experts(const Shape& s, const std::string& blk) {
    add(blk + "ffn_gate_inp.weight", {s.embedding, s.experts});
    add(blk + "ffn_gate_exps.weight", {s.embedding, s.ffn, s.experts});
    add(blk + "ffn_up_exps.weight", {s.embedding, s.ffn, s.experts});
    add(blk + "ffn_down_exps.weight", {s.ffn, s.embedding, s.experts});
  }

  ModelFacts facts_;
  std::deque<std::string> names_;
  std::vector<gguf::Tensor> tensors_;
};

TEST(Mix, BytesOfPublishedModels) {
  EXPECT_EQ(Model(kLlama70B).bytes("Q4_K_M"), 42512531712u);
  EXPECT_EQ(Model(kLlama70B).bytes("Q2_K"), 26367246592u);
  EXPECT_EQ(Model(kLlama70B).bytes("Q8_0"), 74967187712u);
  EXPECT_EQ(Model(kLlama8B).bytes("Q4_K_M"), 4912898304u);
  EXPECT_EQ(Model(kLlama8B).bytes("Q2_K"), 3171295488u);
  EXPECT_EQ(Model(kLlama8B).bytes("Q8_0"), 8532934912u);
  EXPECT_EQ(Model(kMixtral).bytes("Q4_K_M"), 28447727616u);
  EXPECT_EQ(Model(kMixtral).bytes("Q2_K"), 17310490624u);
  EXPECT_EQ(Model(kMixtral).bytes("Q8_0"), 49625579520u);
  EXPECT_EQ(Model(kQwen30B, "qwen3moe").bytes("Q4_K_M"), 18550716416u);
  EXPECT_EQ(Model(kQwen30B, "qwen3moe").bytes("Q2_K"), 11252639744u);
}

// The sizes that llama-quantize's help names for Llama-3-8B, keys and vocabulary (8 MB) included.
TEST(Mix, SizesAsLlamaQuantizeNamesThem) {
  const std::pair<const char*, double> sizes[] = {
      {"Q2_K", 2.96},   {"Q3_K_S", 3.41}, {"Q3_K_M", 3.74}, {"Q3_K_L", 4.03}, {"Q4_K_S", 4.37},
      {"Q4_K_M", 4.58}, {"Q5_K_S", 5.21}, {"Q5_K_M", 5.33}, {"Q6_K", 6.14},   {"Q8_0", 7.96},
      {"Q4_0", 4.34},   {"Q4_1", 4.78},   {"Q5_0", 5.21},   {"Q5_1", 5.65},
  };
  for (const auto& [recipe, gibibytes] : sizes)
    EXPECT_NEAR(double(Model(kLlama8B).bytes(recipe)) / (1 << 30) + 0.0075, gibibytes, 0.012) << recipe;
}

// Rows of 576 and 640 columns: no multiple of 256.
TEST(Mix, BytesOfPublishedModelsWithOddRows) {
  EXPECT_EQ(Model(kSmol135M).bytes("Q4_K_M"), 103668480u);
  EXPECT_EQ(Model(kSmol135M).bytes("Q2_K"), 86416128u);
  EXPECT_EQ(Model(kSmol1B).bytes("Q4_K_M"), 1053827072u);
  EXPECT_EQ(Model(kSmol1B).bytes("Q2_K"), 672800768u);
  EXPECT_EQ(Model(kGemma270M, "gemma3").bytes("Q2_K"), 230552064u);
  EXPECT_EQ(Model(kGemma270M, "gemma3").bytes("Q4_K_M"), 246587904u);
}

TEST(Mix, MoreBitsWhereTheyCount) {
  const auto formats = Model(kLlama8B).formats("Q4_K_M");
  EXPECT_EQ(formats.at("output.weight"), Format::Q6_K);
  EXPECT_EQ(formats.at("token_embd.weight"), Format::Q4_K);
  EXPECT_EQ(formats.at("blk.0.ffn_down.weight"), Format::Q6_K);
  EXPECT_EQ(formats.at("blk.4.ffn_down.weight"), Format::Q4_K);
  EXPECT_EQ(formats.at("blk.6.attn_v.weight"), Format::Q6_K);  // every third from layer 4 on
  EXPECT_EQ(formats.at("blk.28.attn_v.weight"), Format::Q6_K);
  EXPECT_EQ(formats.at("blk.0.attn_q.weight"), Format::Q4_K);
}

TEST(Mix, TiedEmbeddingsAreTheOutput) {
  EXPECT_EQ(Model(kSmol1B).formats("Q4_K_M").at("token_embd.weight"), Format::Q6_K);
  EXPECT_EQ(Model(kSmol135M).formats("Q4_K_M").at("token_embd.weight"), Format::Q8_0);
}

TEST(Mix, SmallMixesFavourTheFirstLayers) {
  const auto q3 = Model(kLlama8B).formats("Q3_K_M"), q4 = Model(kLlama8B).formats("q4_k_s");
  EXPECT_EQ(q3.at("blk.1.attn_v.weight"), Format::Q5_K);
  EXPECT_EQ(q3.at("blk.2.attn_v.weight"), Format::Q4_K);
  EXPECT_EQ(q3.at("blk.1.ffn_down.weight"), Format::Q5_K);
  EXPECT_EQ(q3.at("blk.2.ffn_down.weight"), Format::Q4_K);
  EXPECT_EQ(q3.at("blk.2.ffn_up.weight"), Format::Q3_K);
  EXPECT_EQ(q4.at("blk.3.attn_v.weight"), Format::Q5_K);
  EXPECT_EQ(q4.at("blk.4.attn_v.weight"), Format::Q4_K);
  EXPECT_EQ(q4.at("blk.3.ffn_down.weight"), Format::Q5_K);
  EXPECT_EQ(q4.at("blk.4.ffn_down.weight"), Format::Q4_K);
}

// What a single tensor becomes; shape fastest first.
Choice choice(const char* recipe, std::string_view name, std::array<uint64_t, 3> shape,
              Format from = Format::F16) {
  gguf::Tensor tensor{.name = name, .format = from, .n_dims = 3};
  std::copy(shape.begin(), shape.end(), tensor.shape);
  return choose_formats(recipe_by_name(recipe).value(), {"llama", 8, 0, 4}, {&tensor, 1})[0];
}

Format chosen(const char* recipe, std::string_view name, std::array<uint64_t, 3> shape,
              Format from = Format::F16) {
  return choice(recipe, name, shape, from).format;
}

TEST(Mix, WhatIsKept) {
  EXPECT_EQ(chosen("Q8_0", "blk.0.attn_norm.weight", {512, 1, 1}, Format::F32), Format::F32);
  EXPECT_EQ(chosen("Q8_0", "blk.0.attn_q_norm.weight", {512, 2, 1}, Format::F32), Format::F32);
  EXPECT_EQ(chosen("Q8_0", "blk.0.attn_q.bias", {512, 2, 1}, Format::F32), Format::F32);
  EXPECT_EQ(chosen("Q4_K_M", "blk.0.ffn_gate_inp.weight", {512, 8, 1}), Format::F16);
  EXPECT_EQ(chosen("Q4_K_M", "position_embd.weight", {512, 99, 1}), Format::F16);
  EXPECT_EQ(chosen("Q4_K_M", "blk.0.ssm_conv1d.weight", {512, 4, 1}, Format::F32), Format::F32);
  EXPECT_EQ(chosen("F16", "blk.0.table.weight", {512, 4, 1}, Format::I32), Format::I32);
}

TEST(Mix, WeightsTrainedAsMxfp4StaySo) {
  EXPECT_EQ(chosen("Q4_K_M", "blk.0.ffn_up_exps.weight", {2880, 2880, 32}, Format::MXFP4),
            Format::MXFP4);
  EXPECT_EQ(chosen("BF16", "blk.0.ffn_up_exps.weight", {2880, 2880, 32}, Format::MXFP4), Format::BF16);
}

TEST(Mix, RowsThatFitNoBlockFallBack) {
  const auto format = [](const char* recipe, uint64_t columns) {
    return chosen(recipe, "blk.0.attn_q.weight", {columns, 64, 1});
  };
  EXPECT_EQ(format("Q2_K", 288), Format::Q4_0);
  EXPECT_EQ(format("Q3_K", 288), Format::Q4_0);
  EXPECT_EQ(format("Q4_K", 288), Format::Q5_0);
  EXPECT_EQ(format("Q5_K", 288), Format::Q5_1);
  EXPECT_EQ(format("Q6_K", 288), Format::Q8_0);
  EXPECT_EQ(format("IQ4_XS", 288), Format::IQ4_NL);
  EXPECT_EQ(format("Q4_K_M", 172), Format::F16);
  EXPECT_EQ(format("Q8_0", 172), Format::F16);
}

TEST(Mix, WhatWasAskedForIsKept) {
  const Choice odd = choice("Q4_K_M", "blk.0.attn_q.weight", {288, 64, 1});
  EXPECT_EQ(odd.asked, Format::Q4_K);
  EXPECT_EQ(odd.format, Format::Q5_0);
  const Choice norm = choice("Q4_K_M", "blk.0.attn_norm.weight", {288, 1, 1}, Format::F32);
  EXPECT_EQ(norm.asked, Format::F32);
  const Choice trained = choice("Q4_K_M", "blk.0.ffn_up_exps.weight", {2880, 64, 32}, Format::MXFP4);
  EXPECT_EQ(trained.asked, Format::Q4_K);
  EXPECT_EQ(trained.format, Format::MXFP4);
}

// The output has a format of its own in plain types too.
TEST(Mix, PlainTypesKeepABetterOutput) {
  const auto output = [](const char* recipe, uint64_t columns = 512) {
    return chosen(recipe, "output.weight", {columns, 64, 1});
  };
  for (const char* plain : {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "IQ4_NL", "IQ4_XS", "Q2_K_S", "Q5_K_S"})
    EXPECT_EQ(output(plain), Format::Q6_K) << plain;
  EXPECT_EQ(output("Q4_0", 576), Format::Q8_0);
  EXPECT_EQ(output("Q8_0"), Format::Q8_0);
  EXPECT_EQ(output("MXFP4_MOE"), Format::Q8_0);
  EXPECT_EQ(output("F16"), Format::F16);
  const auto formats = Model(kLlama8B).formats("Q4_0");
  EXPECT_EQ(formats.at("token_embd.weight"), Format::Q4_0);
  EXPECT_EQ(formats.at("blk.0.ffn_down.weight"), Format::Q4_0);
  EXPECT_EQ(formats.at("blk.0.attn_v.weight"), Format::Q4_0);
}

TEST(Mix, SmallAndLargeFormsOfTheKMixes) {
  const auto at = [](const char* recipe, const char* name) {
    return Model(kLlama8B).formats(recipe).at(name);
  };
  for (const char* recipe : {"Q3_K_S", "Q5_K_S"}) {
    const Format all = at(recipe, "blk.9.attn_q.weight");
    for (const char* name : {"blk.0.attn_v.weight", "blk.0.ffn_down.weight", "blk.0.attn_output.weight",
                             "token_embd.weight"})
      EXPECT_EQ(at(recipe, name), all) << recipe << " " << name;
  }
  for (const char* name : {"blk.9.attn_v.weight", "blk.9.ffn_down.weight", "blk.9.attn_output.weight"})
    EXPECT_EQ(at("Q3_K_L", name), Format::Q5_K) << name;
  EXPECT_EQ(at("Q3_K_L", "blk.9.ffn_up.weight"), Format::Q3_K);
  EXPECT_EQ(at("Q2_K_S", "blk.3.ffn_down.weight"), Format::Q4_K);
  EXPECT_EQ(at("Q2_K_S", "blk.4.ffn_down.weight"), Format::Q2_K);
  EXPECT_EQ(at("Q2_K_S", "blk.9.attn_v.weight"), Format::Q4_K);  // four heads share one
  EXPECT_EQ(at("IQ4_XS", "blk.9.attn_v.weight"), Format::Q5_K);
  EXPECT_EQ(at("IQ4_XS", "blk.3.ffn_down.weight"), Format::Q5_K);
  EXPECT_EQ(at("IQ4_XS", "blk.4.ffn_down.weight"), Format::IQ4_XS);
}

TEST(Mix, EightExpertsHaveRoomForMore) {
  const auto at = [](const char* recipe, const char* name) {
    return Model(kMixtral).formats(recipe).at(name);
  };
  EXPECT_EQ(at("Q3_K_S", "blk.9.attn_v.weight"), Format::Q8_0);
  EXPECT_EQ(at("Q3_K_S", "blk.9.attn_output.weight"), Format::Q5_K);
  EXPECT_EQ(at("Q3_K_L", "blk.9.attn_output.weight"), Format::Q3_K);
  EXPECT_EQ(at("Q4_0", "blk.9.attn_k.weight"), Format::Q8_0);
}

TEST(Mix, Mxfp4IsForExperts) {
  const auto formats = Model(kQwen30B, "qwen3moe").formats("MXFP4_MOE");
  EXPECT_EQ(formats.at("blk.9.ffn_up_exps.weight"), Format::MXFP4);
  EXPECT_EQ(formats.at("blk.9.ffn_down_exps.weight"), Format::MXFP4);
  EXPECT_EQ(formats.at("blk.9.attn_q.weight"), Format::Q8_0);
  EXPECT_EQ(formats.at("token_embd.weight"), Format::Q8_0);
}

// "4.89 bits: ..." is what it says, for a llama of 8 billion parameters.
TEST(Recipes, HelpNamesTheBits) {
  for (const Recipe& recipe : recipes()) {
    const std::string name(recipe.name);
    const double bits = double(Model(kLlama8B).bytes(name.c_str())) * 8 / 8030261312.0;
    const std::string help(recipe.help);
    if (help.find(" bits: ") == help.npos) continue;
    EXPECT_NEAR(std::stod(help), bits, 0.005) << name;
  }
}

TEST(Recipes, AreKnownByName) {
  EXPECT_EQ(recipe_by_name("q4_k_m")->file_type, 15u);
  EXPECT_TRUE(recipe_by_name("Q6_K")->is_mix);
  EXPECT_FALSE(recipe_by_name("bf16")->is_mix);
  EXPECT_EQ(recipe_by_name("Q4_K")->file_type, 15u);  // Q4_K_M by a shorter name
  for (const Recipe& recipe : recipes()) {
    EXPECT_NE(quant::traits(recipe.format).quantize, nullptr) << recipe.name;
    EXPECT_FALSE(recipe.help.empty()) << recipe.name;
  }
}

TEST(Recipes, UnknownOnesSayWhichThereAre) {
  using ::testing::HasSubstr;
  EXPECT_THAT(one_line(recipe_by_name("Q4_K_X").error()),
              HasSubstr("Q4_K_X: unknown type or mix (did you mean Q4_K_M? known: F32, "));
  EXPECT_EQ(recipe_by_name("Q4_K_X").error().kind, ErrorKind::usage);
  EXPECT_EQ(recipe_by_name("IQ2_XXS").error().kind, ErrorKind::unsupported);
  EXPECT_THAT(one_line(recipe_by_name("q5km").error()), HasSubstr("did you mean Q5_K_M?"));
  EXPECT_THAT(one_line(recipe_by_name("IQ2_XXS").error()), HasSubstr("can be read but not made"));
}

}  // namespace
}  // namespace straddle::store
