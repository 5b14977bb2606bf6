// Models of random weights: their shapes against what share/shapes.tsv says of published files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "store/store.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A row of share/shapes.tsv by column.
using Row = std::map<std::string, std::string>;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string word; std::getline(in, word, '\t');) out.push_back(word);
  return out;
}

std::vector<Row> rows() {
  std::ifstream in(share_folder() + "/shapes.tsv");
  std::vector<std::string> header;
  std::vector<Row> out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const auto words = split(line);
    if (header.empty()) {
      header = words;
      continue;
    }
    EXPECT_EQ(words.size(), header.size()) << line;
    Row& row = out.emplace_back();
    for (size_t i = 0; i < words.size(); ++i) row[header[i]] = words[i];
  }
  return out;
}

class Synth : public ::testing::Test {
 protected:
  Synth() : folder_(fs::path(::testing::TempDir()) / ("synth-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Synth() override { fs::remove_all(folder_); }

  Result<SynthReport> make(const std::string& shape, const char* recipe,
                           const SynthOptions& options = {}) {
    return synth(shape, recipe_by_name(recipe).value(), path(), options);
  }
  std::string path() const { return (folder_ / "model.gguf").string(); }
  std::string bytes() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path folder_;
};

uint64_t padded_bytes(const gguf::File& file) {
  uint64_t sum = 0;
  for (const gguf::Tensor& tensor : file.tensors()) sum += (tensor.bytes + 31) / 32 * 32;
  return sum;
}

uint64_t parameters(const gguf::File& file) {
  uint64_t sum = 0;
  for (const gguf::Tensor& tensor : file.tensors()) {
    if (!tensor.name.starts_with("rope_f")) sum += tensor.elements();
  }
  return sum;
}

TEST_F(Synth, HeadersHaveTheBytesOfPublishedFiles) {
  const std::pair<const char*, const char*> types[] = {
      {"q4_k_m", "Q4_K_M"}, {"q2_k", "Q2_K"}, {"q8_0", "Q8_0"}};
  size_t compared = 0;
  for (Row& row : rows()) {
    for (const auto& [column, recipe] : types) {
      ASSERT_TRUE(make(row["name"], recipe, {.header_only = true})) << row["name"];
      const auto file = gguf::File::open(path(), true);
      ASSERT_TRUE(file) << one_line(file.error());
      EXPECT_EQ(std::to_string(parameters(*file)), row["params"]) << row["name"];
      if (row[column] == "-") continue;
      EXPECT_EQ(std::to_string(padded_bytes(*file)), row[column]) << row["name"] << " " << recipe;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 78u);  // 26 rows with sizes, each in three types
}

// Known from its file alone.
TEST_F(Synth, TanukiAsQ6K) {
  ASSERT_TRUE(make("tanuki:8b", "Q6_K", {.header_only = true}));
  EXPECT_EQ(padded_bytes(gguf::File::open(path(), true).value()), 6163251200u);
}

TEST_F(Synth, AHeaderAloneIsNoModel) {
  ASSERT_TRUE(make("smollm2:135m", "Q4_K_M", {.header_only = true}));
  const auto file = gguf::File::open(path());
  ASSERT_FALSE(file);
  EXPECT_THAT(one_line(file.error()), HasSubstr("it is a header alone, without weights"));
}

TEST_F(Synth, BytesDoNotDependOnThreads) {
  ASSERT_TRUE(make("smollm2:135m", "Q4_K_M", {.layers = 1, .threads = 1}));
  const std::string one = bytes();
  ASSERT_TRUE(make("smollm2:135m", "Q4_K_M", {.layers = 1, .threads = 3}));
  EXPECT_TRUE(bytes() == one);
  ASSERT_TRUE(make("smollm2:135m", "Q4_K_M", {.layers = 1, .seed = 1}));
  EXPECT_EQ(bytes().size(), one.size());
  EXPECT_FALSE(bytes() == one);
}

// A slice of one layer in a slice of three: the same bytes, in the formats of the whole.
TEST_F(Synth, ASliceHasTheLayersOfTheWhole) {
  ASSERT_TRUE(make("smollm2:135m", "Q4_K_M", {.layers = 3}));
  const std::string whole = bytes();
  const auto larger =
      gguf::File::parse({reinterpret_cast<const uint8_t*>(whole.data()), whole.size()}, "");
  ASSERT_TRUE(make("smollm2:135m", "Q4_K_M", {.layers = 1}));
  const auto smaller = gguf::File::open(path());
  ASSERT_TRUE(larger && smaller);
  EXPECT_EQ(smaller->integer("llama.block_count").value(), 1u);
  for (const gguf::Tensor& tensor : smaller->tensors()) {
    const gguf::Tensor* same = larger->tensor(tensor.name);
    ASSERT_NE(same, nullptr);
    EXPECT_EQ(same->format, tensor.format) << tensor.name;
    EXPECT_TRUE(std::ranges::equal(larger->data(*same), smaller->data(tensor))) << tensor.name;
  }
}

// In each format that can be made: rows of length 1, about as much above 0 as below, no value that is
// not a number.
TEST_F(Synth, WeightsAreWellScaled) {
  for (const Recipe& recipe : recipes()) {
    const std::string name(recipe.name);
    ASSERT_TRUE(make("smollm2:135m", name.c_str(), {.layers = 1}));
    const auto file = gguf::File::open(path());
    ASSERT_TRUE(file) << one_line(file.error());
    for (const gguf::Tensor& tensor : file->tensors()) {
      std::vector<float> values(tensor.elements());
      quant::traits(tensor.format).dequantize(file->data(tensor).data(), values.data(), values.size());
      double sum = 0, squares = 0;
      for (const float value : values) {
        sum += value;
        squares += double(value) * value;
      }
      const auto count = double(values.size());
      if (tensor.n_dims == 1) {
        EXPECT_NEAR(sum / count, 1, 0.03) << name << " " << tensor.name;
      } else {
        EXPECT_NEAR(std::sqrt(squares / count * double(tensor.shape[0])), 1, 0.05)
            << name << tensor.name;
        EXPECT_NEAR(sum / count * std::sqrt(double(tensor.shape[0])), 0, 0.02) << name << tensor.name;
      }
    }
  }
}

// Few of the blocks that lie near each other are the same.
TEST_F(Synth, BlocksDiffer) {
  ASSERT_TRUE(make("smollm2:135m", "Q4_0", {.layers = 1}));
  const auto file = gguf::File::open(path());
  ASSERT_TRUE(file);
  const gguf::Tensor& tensor = *file->tensor("blk.0.ffn_up.weight");
  const auto data = file->data(tensor);
  std::set<std::string> blocks;
  constexpr size_t kBlock = 18, kNear = 1024;
  for (size_t i = 0; i < kNear; ++i)
    blocks.emplace(reinterpret_cast<const char*>(data.data()) + i * kBlock, kBlock);
  EXPECT_GT(blocks.size(), kNear * 9 / 10);
}

TEST_F(Synth, WhatCannotBeIsSaid) {
  auto made = make("llama3.1:9b", "Q4_K_M");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::usage);
  EXPECT_THAT(one_line(made.error()), HasSubstr("unknown shape (did you mean llama3.1:8b? known: "));
  made = make("llama3.1:8b", "Q4_K_M", {.layers = 33});
  ASSERT_FALSE(made);
  EXPECT_EQ(one_line(made.error()), "--layers: 33 is not from 1 to 32, the layers of llama3.1:8b");
  made = make("llama3.1:8b", "Q4_K_M", {.layers = 0});
  ASSERT_FALSE(made);
  EXPECT_THAT(one_line(made.error()), HasSubstr("0 is not from 1 to 32"));
}

TEST_F(Synth, AFileOfTheUsersOwnStays) {
  std::ofstream(path()) << "no model";
  for (const bool header_only : {false, true}) {
    const auto made = make("smollm2:135m", "Q4_0", {.header_only = header_only});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    EXPECT_THAT(one_line(made.error()), HasSubstr("there is a file of this name that is no GGUF file"));
    EXPECT_EQ(bytes(), "no model");
  }
}

TEST_F(Synth, WhatDoesNotFitOnTheDiskIsNotBegun) {
  constexpr uint64_t kNeeded = 2'600'000'000'000;
  if (fs::space(folder_).available > kNeeded) GTEST_SKIP() << "the disk has room for 2.6 TB";
  const auto made = make("deepseek-r1:671b", "F32");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::io);
  EXPECT_THAT(one_line(made.error()),
              ::testing::ContainsRegex("needs 2[67][0-9][0-9][.][0-9] GB, .* are free in .*synth-"));
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Synth, InterruptedLeavesNoFile) {
  size_t calls = 0;
  const auto made = make("smollm2:135m", "Q4_K_M",
                         {.layers = 1, .progress = [&](const Progress&) { return ++calls < 3; }});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::interrupted);
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace straddle::store
