// Files that must be read: golden models and vocabularies.
#include <gtest/gtest.h>

#include <filesystem>

#include "gguf/gguf.h"
#include "testing/golden.h"

namespace straddle::gguf {
namespace {

std::vector<std::string> gguf_files(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".gguf") out.push_back(entry.path().string());
  return out;
}

void expect_readable(const std::string& path) {
  auto file = File::open(path);
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_TRUE(file->string("general.architecture")) << path;
  for (const Tensor& tensor : file->tensors()) {
    EXPECT_EQ(file->data(tensor).size(), tensor.bytes) << path << ' ' << tensor.name;
    EXPECT_EQ(file->tensor(tensor.name), &tensor);
  }
  for (const Entry& entry : file->entries()) EXPECT_EQ(file->find(entry.key), &entry.value);
}

TEST(Reader, ReadsEveryGoldenModel) {
  STRADDLE_GOLDEN_OR_SKIP(folder, "models");
  const auto files = gguf_files(folder);
  ASSERT_FALSE(files.empty());
  for (const auto& path : files) expect_readable(path);
}

TEST(Reader, ReadsEveryGoldenVocabulary) {
  STRADDLE_GOLDEN_OR_SKIP(folder, "tokenizers/vocab");
  for (const auto& path : gguf_files(folder)) {
    expect_readable(path);
    auto file = File::open(path);
    ASSERT_TRUE(file);
    auto tokens = file->strings("tokenizer.ggml.tokens");
    ASSERT_TRUE(tokens) << one_line(tokens.error());
    EXPECT_GT(tokens->size(), 200u) << path;
  }
}

TEST(Reader, SaysWhatATinyModelIs) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/stories260K.gguf");
  auto file = File::open(path);
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->files(), 1u);
  EXPECT_EQ(file->file_bytes(), std::filesystem::file_size(path));
  EXPECT_EQ(*file->string("general.architecture"), "llama");
  EXPECT_EQ(*file->integer("llama.embedding_length"), 64u);
  const Tensor* table = file->tensor("token_embd.weight");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->shape[0], 64u);
  EXPECT_EQ(table->shape[1], 512u);
  EXPECT_EQ(file->find("no.such.key"), nullptr);
  EXPECT_EQ(file->tensor("no.such.tensor"), nullptr);
}

}  // namespace
}  // namespace straddle::gguf
