// What is no number never leaves the engine as one: NaN in any weight, values that overflow, keys beyond
// float16.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "testing/changed_model.h"
#include "testing/golden.h"

namespace straddle {
namespace {

using engine::Engine;
using engine::Wanted;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int32_t kTokens[] = {1, 5, 9, 5};

// A model file in memory whose F32 weights can be changed.
struct Changeable {
  std::vector<uint8_t> bytes;
  gguf::File file;

  static Changeable read(const std::string& path) { return parse(testing::read_bytes(path)); }
  static Changeable parse(std::vector<uint8_t> bytes) {
    auto file = gguf::File::parse(bytes, "changed.gguf");
    EXPECT_TRUE(file);
    return {std::move(bytes), *file};
  }
  std::span<float> weights(std::string_view name) {
    const auto* t = file.tensor(name);
    EXPECT_TRUE(t && t->format == quant::Format::F32) << name;
    return {reinterpret_cast<float*>(bytes.data() + t->offset), t->elements()};
  }
  // Value i of a tensor, F32 or F16: as NaN; returns its bytes as they were.
  std::vector<uint8_t> poison(const gguf::Tensor& t, size_t i) {
    const size_t size = t.format == quant::Format::F32 ? 4 : 2;
    std::vector<uint8_t> nan(size, 0xff);
    std::swap_ranges(nan.begin(), nan.end(), bytes.begin() + long(t.offset + i * size));
    return nan;
  }
  void restore(const gguf::Tensor& t, size_t i, const std::vector<uint8_t>& before) {
    std::copy(before.begin(), before.end(), bytes.begin() + long(t.offset + i * before.size()));
  }
};

bool is_float(const gguf::Tensor& t) {
  return t.format == quant::Format::F32 || t.format == quant::Format::F16;
}

Result<Engine> load(const Changeable& model, const char* device, ops::KvType kv = ops::KvType::f16,
                    bool check = false) {
  return Engine::load(
      model.file,
      {.devices = {device}, .threads = 1, .context = 16, .max_rows = 4, .kv = kv, .check = check});
}

Result<std::vector<float>> logits(const Changeable& model, const char* device) {
  auto engine = load(model, device);
  if (!engine) return fail(engine);
  const auto row = engine->feed(0, kTokens, Wanted::last);
  if (!row) return tl::unexpected(row.error());
  return std::vector<float>(row->begin(), row->end());
}

class NanWeights : public ::testing::TestWithParam<std::tuple<std::string, const char*>> {};

// In each tensor in turn. Where nothing reads the value (an expert that is not chosen, another token's
// embedding) the logits are as they were.
TEST_P(NanWeights, EndInAnErrorOrAreNotRead) {
  const auto& [name, device] = GetParam();
  auto model = Changeable::read(testing::golden("models/" + name + ".gguf"));
  const auto fine = logits(model, device);
  ASSERT_TRUE(fine);
  size_t seen = 0, tried = 0;
  for (const auto& tensor : model.file.tensors()) {
    if (!is_float(tensor)) continue;
    ++tried;
    const auto before = model.poison(tensor, tensor.elements() / 2);
    const auto got = logits(model, device);
    model.restore(tensor, tensor.elements() / 2, before);
    if (got) {
      EXPECT_TRUE(testing::same_bytes(*got, *fine)) << tensor.name;
    } else {
      EXPECT_NE(got.error().kind, ErrorKind::bad_input) << one_line(got.error());
    }
    seen += !got;
  }
  EXPECT_GT(seen, tried / 2);
}

INSTANTIATE_TEST_SUITE_P(Golden, NanWeights,
                         ::testing::Combine(::testing::ValuesIn(testing::float_models()),
                                            ::testing::Values("reference", "cpu")),
                         [](const auto& one) {
                           return testing::gtest_name(std::get<0>(one.param) + "_" +
                                                      std::get<1>(one.param));
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NanWeights);

class Numbers : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    STRADDLE_GOLDEN_OR_SKIP(path, "models/arch/llama.gguf");
    model_.emplace(Changeable::read(path));
  }
  std::optional<Changeable> model_;
};

TEST_P(Numbers, AnErrorNamesTheFileAndLeavesTheSequenceAsItWas) {
  if (IsSkipped()) return;
  auto engine = load(*model_, GetParam());
  ASSERT_TRUE(engine && engine->feed(0, kTokens, Wanted::last));
  auto table = model_->weights("token_embd.weight");
  table[7 * 64 + 3] = std::nanf("");                                          // token 7
  const auto row = engine->feed(0, std::array{9, 5, 9, 5, 7}, Wanted::last);  // two Steps
  ASSERT_FALSE(row);
  EXPECT_EQ(one_line(row.error()),
            "changed.gguf: NaN or infinity in the logits after token 9 (straddle logits MODEL "
            "--check finds where it begins)");
  EXPECT_EQ(engine->length(0), 4u);
  EXPECT_TRUE(engine->feed(0, std::array{9, 5}, Wanted::last));
}

// A recurrent state cannot go back: to where it was kept, else to nothing.
TEST_P(Numbers, ARecurrentSequenceGoesBackToWhereItWasKept) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/small/mamba.gguf");
  auto model = Changeable::read(path);
  auto engine = load(model, GetParam());
  ASSERT_TRUE(engine && engine->feed(0, std::array{1, 5}, Wanted::last));
  engine->keep(0);
  ASSERT_TRUE(engine->feed(0, std::array{9, 5}, Wanted::last));
  const gguf::Tensor& table = *model.file.tensor("token_embd.weight");
  const size_t seven = 7 * table.shape[0];
  const auto before = model.poison(table, seven);
  ASSERT_FALSE(engine->feed(0, std::array{7}, Wanted::last));
  model.restore(table, seven, before);
  EXPECT_EQ(engine->length(0), 2u);
  const auto row = engine->feed(0, std::array{9, 5}, Wanted::last);
  ASSERT_TRUE(row);
  EXPECT_TRUE(testing::same_bytes({row->begin(), row->end()}, *logits(model, GetParam())));
}

TEST_P(Numbers, ATokenMayBeImpossibleButNotEveryOne) {
  if (IsSkipped()) return;
  std::vector<float> bias(288, 0);
  bias[17] = -kInfinity;
  const auto with = [&] {
    return Changeable::parse(testing::with_tensor(model_->file, "output.bias", bias));
  };
  const auto got = logits(with(), GetParam());
  ASSERT_TRUE(got) << one_line(got.error());
  EXPECT_EQ((*got)[17], -kInfinity);
  EXPECT_EQ(std::count_if(got->begin(), got->end(), [](float x) { return std::isfinite(x); }), 287);
  bias[18] = kInfinity;
  EXPECT_FALSE(logits(with(), GetParam()));
  bias.assign(288, -kInfinity);
  EXPECT_FALSE(logits(with(), GetParam()));
}

TEST_P(Numbers, AnEmbeddingIsAllNumbers) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/small/bert.gguf");
  auto model = Changeable::read(path);
  ASSERT_TRUE(logits(model, GetParam()));
  model.weights("blk.0.ffn_up.bias")[3] = kInfinity;
  const auto got = logits(model, GetParam());
  ASSERT_FALSE(got);
  EXPECT_NE(one_line(got.error()).find("NaN or infinity in the embedding after token 4"),
            std::string::npos);
}

// Keys become too large for float16, values too: the logits stay numbers, float32 keeps them.
TEST_P(Numbers, KeysBeyondFloat16AreClampedAndCounted) {
  if (IsSkipped()) return;
  auto engine = load(*model_, GetParam());
  ASSERT_TRUE(engine && engine->feed(0, kTokens, Wanted::last));
  EXPECT_EQ(engine->counters().clamped, 0u);
  for (const char* name : {"blk.0.attn_k.weight", "blk.1.attn_v.weight"}) {
    for (float& w : model_->weights(name)) w *= 1e9f;
  }
  engine = load(*model_, GetParam());
  ASSERT_TRUE(engine);
  ASSERT_TRUE(engine->feed(0, kTokens, Wanted::last));
  EXPECT_GT(engine->counters().clamped, 100u);
  EXPECT_LE(engine->counters().clamped, 4u * 64);
  engine = load(*model_, GetParam(), ops::KvType::f32);
  ASSERT_TRUE(engine && engine->feed(0, kTokens, Wanted::last));
  EXPECT_EQ(engine->counters().clamped, 0u);
}

INSTANTIATE_TEST_SUITE_P(Devices, Numbers, ::testing::Values("reference", "cpu"),
                         [](const auto& one) { return std::string(one.param); });

// The weights are numbers, their sums are not: the tensor that was read last is named.
TEST(Check, NamesTheTensorAfterWhichValuesAreNone) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/arch/llama.gguf");
  auto model = Changeable::read(path);
  auto engine = load(model, "reference", ops::KvType::f32, true);
  ASSERT_TRUE(engine && engine->feed(0, kTokens, Wanted::last));
  std::fill_n(model.weights("blk.1.ffn_up.weight").begin(), 128, 3e38f);
  const auto row = engine->feed(0, kTokens, Wanted::none);
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().where, "blk.1.ffn_up.weight");
  EXPECT_EQ(engine->length(0), 4u);
  model.weights("blk.0.attn_norm.weight")[2] = std::nanf("");
  const auto again = engine->feed(0, kTokens, Wanted::none);
  ASSERT_FALSE(again);
  EXPECT_EQ(one_line(again.error()),
            "blk.0.attn_norm.weight: after this tensor is read there is a value that is not a number "
            "(NaN)");
}

// Learned positions end where their table does, whatever context is asked for.
TEST(Positions, EndWithTheirTable) {
  STRADDLE_GOLDEN_OR_SKIP(path, "models/small/gpt2.gguf");
  const auto file = gguf::File::open(path);
  for (const char* device : {"reference", "cpu"}) {
    auto engine = Engine::load(*file, {.devices = {device}, .threads = 1, .context = 100000});
    ASSERT_TRUE(engine);
    EXPECT_EQ(engine->context(), file->tensor("position_embd.weight")->shape[1]);
    const std::vector<int32_t> tokens(engine->context(), 5);
    EXPECT_TRUE(engine->feed(0, tokens, Wanted::last));
    EXPECT_FALSE(engine->feed(0, std::array{5}, Wanted::last));
  }
}

}  // namespace
}  // namespace straddle
