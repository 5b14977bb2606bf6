#include "cli/show.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/golden.h"

namespace straddle::cli {
namespace {

const std::vector<uint8_t> kZeros(1024);

gguf::Writer::Produce zeros(size_t bytes) {
  return [bytes]() -> Result<std::span<const uint8_t>> { return std::span(kZeros).first(bytes); };
}

std::vector<uint8_t> tiny_model() {
  gguf::Writer writer;
  writer.add("general.architecture", "llama");
  writer.add("general.file_type", uint32_t{15});
  writer.add("llama.context_length", uint32_t{2048});
  writer.add("llama.embedding_length", uint32_t{256});
  writer.add("llama.rope.freq_base", 10000.5f);
  writer.add("tokenizer.ggml.add_bos_token", true);
  writer.add("tokenizer.chat_template", "line\nnext");
  const std::vector<std::string> tokens = {"<s>", "</s>", "hello", "world"};
  writer.add("tokenizer.ggml.tokens", tokens);
  const uint64_t matrix[] = {256, 4}, norm[] = {64};
  writer.add_tensor("token_embd.weight", quant::Format::Q4_K, matrix, zeros(4 * 144));
  writer.add_tensor("norm", quant::Format::F32, norm, zeros(256));
  return *writer.bytes();
}

std::string shown(const gguf::File& file, const ShowOptions& options) {
  std::string out;
  show(file, options, [&](std::string_view text) {
    out += text;
    return true;
  });
  return out;
}

std::string shown(const std::vector<uint8_t>& bytes, const ShowOptions& options) {
  auto file = gguf::File::parse(bytes, "tiny.gguf");
  EXPECT_TRUE(file);
  return shown(*file, options);
}

TEST(Show, SaysWhatTheModelIs) {
  EXPECT_EQ(shown(tiny_model(), {}),
            "  Model\n"
            "    architecture        llama     \n"
            "    parameters          1K        \n"
            "    context length      2048      \n"
            "    embedding length    256       \n"
            "    quantization        Q4_K_M    \n"
            "\n"
            "  Capabilities\n"
            "    completion    \n"
            "\n"
            "  Weights\n"
            "    formats            Q4_K 69.2%, F32 30.8%    \n"
            "    bytes              832 (832 B)              \n"
            "    bits per weight    6.12                     \n"
            "\n");
}

TEST(Show, ListsTensorsAndKeys) {
  const std::string text = shown(tiny_model(), {.tensors = true, .metadata = true});
  EXPECT_NE(text.find("  Tensors\n"
                      "    token_embd.weight    Q4_K    [256 4]    \n"
                      "    norm                 F32     [64]       \n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("tokenizer.ggml.tokens           [<s> </s> ...+2 more]    \n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("llama.rope.freq_base            10000.5 "), std::string::npos) << text;
  EXPECT_NE(text.find("tokenizer.chat_template         line\\nnext "), std::string::npos) << text;
  EXPECT_LT(text.find("general.architecture"), text.find("llama.context_length"));
}

TEST(Show, GivesJson) {
  const auto json =
      nlohmann::json::parse(shown(tiny_model(), {.tensors = true, .metadata = true, .json = true}));
  EXPECT_EQ(json["architecture"], "llama");
  EXPECT_EQ(json["parameters"], 1088);
  EXPECT_EQ(json["bytes"], 832);
  EXPECT_EQ(json["quantization"], "Q4_K_M");
  EXPECT_EQ(json["formats"][0]["format"], "Q4_K");
  EXPECT_EQ(json["formats"][1]["tensors"], 1);
  EXPECT_EQ(json["metadata"]["tokenizer.ggml.tokens"].size(), 4u);
  EXPECT_EQ(json["metadata"]["tokenizer.chat_template"], "line\nnext");
  EXPECT_EQ(json["tensors"][0]["name"], "token_embd.weight");
  EXPECT_EQ(json["tensors"][0]["shape"], (std::vector<int>{256, 4}));
}

TEST(Show, NamesWhatNoPartReads) {
  const auto toy = gguf::File::open(testing::source("share/models/stories260K.gguf"));
  ASSERT_TRUE(toy);
  EXPECT_EQ(shown(*toy, {}).find("not read"), std::string::npos);
  gguf::Writer writer;
  for (const auto& entry : toy->entries()) writer.add(entry);
  for (const auto& t : toy->tensors())
    writer.add_tensor(t.name, t.format, std::span(t.shape, t.n_dims), [&] { return toy->data(t); });
  const uint64_t shape[] = {64};
  for (const char* name :
       {"v.blk.0.ln1.weight", "v.blk.0.ln2.weight", "mm.0.weight", "blk.5.nextn.norm", "strange"})
    writer.add_tensor(name, quant::Format::F32, shape, zeros(256));
  const auto bytes = *writer.bytes();
  const auto text = shown(bytes, {});
  for (const char* row : {"    not read           vision tower: v.blk.0.ln1.weight and 1 more, 512 B",
                          "\n                       projector: mm.0.weight, 256 B",
                          "\n                       draft head: blk.5.nextn.norm, 256 B",
                          "\n                       other tensors: strange, 256 B"})
    EXPECT_NE(text.find(row), std::string::npos) << text;
  const auto json = nlohmann::json::parse(shown(bytes, {.json = true}));
  EXPECT_EQ(json["unread"].size(), 4u);
  EXPECT_EQ(json["unread"][0]["what"], "vision tower");
  EXPECT_EQ(json["unread"][0]["first"], "v.blk.0.ln1.weight");
  EXPECT_EQ(json["unread"][0]["tensors"], 2);
  EXPECT_EQ(json["unread"][0]["bytes"], 512);
}

TEST(Show, AHostileNameIsStillOneJsonStringAndOneLine) {
  gguf::Writer writer;
  writer.add("general.architecture", "a\x1b[2J\xff\"\n");
  const auto bytes = *writer.bytes();
  EXPECT_EQ(shown(bytes, {}), "  Model\n    architecture    a?[2J?\"\\n    \n\n  Capabilities\n    completion    \n\n");
  const auto json = nlohmann::json::parse(shown(bytes, {.json = true}));
  EXPECT_EQ(json["architecture"], "a\x1b[2J\xef\xbf\xbd\"\n");
}

TEST(Show, EndsWhereNoMoreIsTaken) {
  gguf::Writer writer;
  const std::vector<std::string> many(100000, "word");
  writer.add("many", many);
  const auto bytes = *writer.bytes();
  const auto file = gguf::File::parse(bytes, "many.gguf");
  size_t taken = 0;
  show(*file, {.metadata = true, .json = true}, [&](std::string_view text) {
    taken += text.size();
    return false;
  });
  EXPECT_LT(taken, many.size());
}

}  // namespace
}  // namespace straddle::cli
