// Quantizing whole files: the golden llama, and a small one made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

#include "store/store.h"
#include "testing/golden.h"
#include "testing/temporary_folder.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;
using quant::Format;
using ::testing::HasSubstr;

class Quantize : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ / name; }

  // A llama of one layer: 512 columns, values of a slow wave; `odd` takes the place of one.
  std::string make(const std::string& name, float odd = 0.5f) {
    values_.resize(512 * 40);
    for (size_t i = 0; i < values_.size(); ++i) values_[i] = std::sin(float(i) * 0.37f);
    values_[512 * 11 + 3] = odd;
    gguf::Writer writer;
    writer.add("general.architecture", "llama");
    writer.add("general.name", "wave");
    writer.add("general.file_type", uint32_t(0));
    writer.add("llama.block_count", uint32_t(1));
    const auto all = [this]() -> Result<std::span<const uint8_t>> {
      return std::span(reinterpret_cast<const uint8_t*>(values_.data()), values_.size() * 4);
    };
    const auto one_row = [this]() -> Result<std::span<const uint8_t>> {
      return std::span(reinterpret_cast<const uint8_t*>(values_.data()), size_t(512 * 4));
    };
    const uint64_t matrix[] = {512, 40}, vector[] = {512};
    writer.add_tensor("token_embd.weight", Format::F32, matrix, all);
    writer.add_tensor("blk.0.attn_norm.weight", Format::F32, vector, one_row);
    writer.add_tensor("blk.0.attn_q.weight", Format::F32, matrix, all);
    EXPECT_TRUE(writer.write(path(name)));
    return path(name);
  }

  Result<QuantizeReport> run(const std::string& from, const char* type, const std::string& to,
                             const QuantizeOptions& options = {}) {
    const auto in = gguf::File::open(from);
    return quantize(in.value(), recipe_by_name(type).value(), to, options);
  }

  const testing::TemporaryFolder folder_;
  std::vector<float> values_;
};

std::vector<float> dequantized(const gguf::File& file, const gguf::Tensor& tensor) {
  std::vector<float> out(tensor.elements());
  quant::traits(tensor.format).dequantize(file.data(tensor).data(), out.data(), out.size());
  return out;
}

double relative_error(const std::vector<float>& a, const std::vector<float>& ref) {
  double error = 0, size = 0;
  for (size_t i = 0; i < ref.size(); ++i) {
    error += std::pow(double(a[i]) - ref[i], 2);
    size += double(ref[i]) * ref[i];
  }
  return std::sqrt(error / size);
}

TEST_F(Quantize, WritesWhatTheReportSays) {
  const std::string source = make("in.gguf");
  const auto report = run(source, "Q4_K_M", path("out.gguf"));
  ASSERT_TRUE(report) << one_line(report.error());
  const auto before = gguf::File::open(source).value(),
             after = gguf::File::open(path("out.gguf")).value();
  ASSERT_EQ(report->tensors.size(), 3u);
  uint64_t bytes = 0;
  for (const TensorReport& row : report->tensors) {
    const gguf::Tensor &old = *before.tensor(row.name), &now = *after.tensor(row.name);
    EXPECT_EQ(now.format, row.to);
    EXPECT_EQ(now.bytes, row.bytes);
    EXPECT_NEAR(relative_error(dequantized(after, now), dequantized(before, old)), row.error, 1e-12);
    bytes += now.bytes;
  }
  EXPECT_EQ(report->bytes_after, bytes);
  EXPECT_EQ(report->tensors[0].to, Format::Q6_K);  // tied embedding
  EXPECT_EQ(report->tensors[1].to, Format::F32);
  EXPECT_EQ(report->tensors[1].error, 0);
  EXPECT_EQ(report->tensors[2].to, Format::Q4_K);
  EXPECT_GT(report->tensors[2].error, report->tensors[0].error);
  EXPECT_LT(report->tensors[2].error, 0.1);
}

TEST_F(Quantize, KeysAreKeptAndSayTheType) {
  const std::string source = make("in.gguf");
  ASSERT_TRUE(run(source, "Q5_K_M", path("out.gguf")));
  const auto file = gguf::File::open(path("out.gguf")).value();
  EXPECT_EQ(file.string("general.name").value(), "wave");
  EXPECT_EQ(file.integer("general.file_type").value(), 17u);
  EXPECT_EQ(file.integer("general.quantization_version").value(), 2u);
  EXPECT_EQ(file.integer("llama.block_count").value(), 1u);
}

TEST_F(Quantize, ThreadsDoNotChangeTheBytes) {
  STRADDLE_GOLDEN_OR_SKIP(source, "models/stories260K.gguf");
  std::set<std::string> results;
  for (uint32_t threads : {1u, 2u, 5u}) {
    const std::string out = path("out.gguf");
    const auto report = run(source, "Q4_K_M", out, {.threads = threads});
    ASSERT_TRUE(report) << one_line(report.error());
    results.insert(testing::read_text(out) + std::to_string(report->tensors[0].error));
  }
  EXPECT_EQ(results.size(), 1u);
}

TEST_F(Quantize, FloatsComeBackUnchanged) {
  STRADDLE_GOLDEN_OR_SKIP(source, "models/arch/llama.gguf");
  ASSERT_TRUE(run(source, "F32", path("copy.gguf")));
  const auto before = gguf::File::open(source).value(),
             after = gguf::File::open(path("copy.gguf")).value();
  ASSERT_EQ(before.tensors().size(), after.tensors().size());
  for (const gguf::Tensor& tensor : before.tensors()) {
    const auto a = before.data(tensor), b = after.data(*after.tensor(tensor.name));
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << tensor.name;
  }
}

// Every type that can be made, there and back: the error that the report states stays.
TEST_F(Quantize, EveryRecipeMakesAFileThatReadsBack) {
  const std::string source = make("in.gguf");
  const auto before = gguf::File::open(source).value();
  for (const Recipe& recipe : recipes()) {
    const std::string name(recipe.name);
    const auto report = run(source, name.c_str(), path("out.gguf"));
    ASSERT_TRUE(report) << name << one_line(report.error());
    ASSERT_TRUE(run(path("out.gguf"), "F32", path("back.gguf")));
    const auto back = gguf::File::open(path("back.gguf")).value();
    for (const TensorReport& row : report->tensors) {
      const double error = relative_error(dequantized(back, *back.tensor(row.name)),
                                          dequantized(before, *before.tensor(row.name)));
      EXPECT_NEAR(error, row.error, 1e-12) << name << " " << row.name;
      EXPECT_LT(error, 0.4) << name << " " << row.name;
    }
  }
}

TEST_F(Quantize, ValuesThatCannotBeHeldAreRefused) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (float odd : {nan, std::numeric_limits<float>::infinity()}) {
    const auto report = run(make("bad.gguf", odd), "Q8_0", path("out.gguf"));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::bad_file);
    EXPECT_THAT(one_line(report.error()),
                HasSubstr("tensor token_embd.weight has a value that Q8_0 cannot hold"));
    EXPECT_FALSE(fs::exists(path("out.gguf")));
  }
  EXPECT_FALSE(run(make("large.gguf", 1e6f), "F16", path("out.gguf")));
  EXPECT_TRUE(run(make("large.gguf", 1e6f), "BF16", path("out.gguf")));
}

TEST_F(Quantize, ProgressCountsToTheEndAndCanStop) {
  const std::string source = make("in.gguf");
  std::vector<uint64_t> seen;
  const auto watch = [&](const Progress& now) {
    seen.push_back(now.done);
    EXPECT_EQ(now.total, 512u * 81);
    return true;
  };
  ASSERT_TRUE(run(source, "Q4_0", path("out.gguf"), {.progress = watch}));
  EXPECT_EQ(seen, (std::vector<uint64_t>{512 * 40, 512 * 41, 512 * 81}));
  const auto stopped =
      run(source, "Q4_0", path("stopped.gguf"), {.progress = [](const Progress&) { return false; }});
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
  EXPECT_FALSE(fs::exists(path("stopped.gguf")));
}

TEST_F(Quantize, WhatIsPlannedIsWhatIsWritten) {
  QuantizeReport plan;
  const auto report = run(make("in.gguf"), "Q4_K_M", path("out.gguf"),
                          {.planned = [&](const QuantizeReport& now) { plan = now; }});
  ASSERT_TRUE(report);
  EXPECT_EQ(plan.bytes_before, report->bytes_before);
  EXPECT_EQ(plan.bytes_after, report->bytes_after);
  ASSERT_EQ(plan.tensors.size(), 3u);
  EXPECT_EQ(plan.tensors[2].asked, Format::Q4_K);
  EXPECT_EQ(plan.tensors[2].to, Format::Q4_K);
  EXPECT_EQ(plan.tensors[2].error, 0);
}

// By any name: nothing is written.
TEST_F(Quantize, TheFileThatIsReadIsNoTarget) {
  const std::string source = make("in.gguf");
  const auto before = testing::read_text(source);
  fs::create_symlink(source, path("link.gguf"));
  fs::create_hard_link(source, path("hard.gguf"));
  for (const std::string& out : {source, path("link.gguf"), path("hard.gguf"), path("./in.gguf")}) {
    const auto report = run(source, "Q4_0", out);
    ASSERT_FALSE(report) << out;
    EXPECT_EQ(report.error().kind, ErrorKind::usage);
    EXPECT_THAT(one_line(report.error()), HasSubstr("this is the file that is read"));
  }
  EXPECT_EQ(testing::read_text(source), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 3);
}

TEST_F(Quantize, AFolderThatCannotBeWrittenIsAnError) {
  const auto report = run(make("in.gguf"), "Q4_0", path("no/such/folder/out.gguf"));
  ASSERT_FALSE(report);
}

}  // namespace
}  // namespace straddle::store
