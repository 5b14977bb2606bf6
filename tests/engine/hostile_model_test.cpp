// Any number in a model file's keys may be a lie, any tensor may be missing: what cannot be is refused
// with a line, and what passes loads and computes without harm.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "testing/changed_model.h"

namespace straddle {
namespace {

bool is_number(const gguf::Entry& entry) {
  return entry.value.type != gguf::ValueType::string && entry.value.type != gguf::ValueType::boolean &&
         !entry.key.starts_with("tokenizer.");
}

// True where the model loads; then it must also take tokens: lies may make values that are no numbers,
// but no Step that the device refuses.
bool loads(const std::vector<uint8_t>& bytes, const char* device) {
  const auto file = gguf::File::parse(bytes, "lying");
  if (!file) return false;
  auto engine = engine::Engine::load(
      *file, {.devices = {device}, .threads = 1, .context = 64, .max_rows = 8, .free_bytes = 1u << 28});
  if (!engine) {
    EXPECT_FALSE(engine.error().what.empty());
    return false;
  }
  const int32_t tokens[] = {1, 5, 9};
  const auto logits = engine->feed(0, tokens, engine::Wanted::last);
  EXPECT_TRUE(logits || logits.error().kind == ErrorKind::bad_file) << one_line(logits.error());
  return true;
}

class Hostile : public ::testing::TestWithParam<std::string> {};

TEST_P(Hostile, EveryKeyMayLieAndEveryTensorMayBeMissing) {
  const auto model = testing::read_float_model(GetParam());
  const auto file = gguf::File::open(model.file);
  ASSERT_TRUE(file);
  size_t refused = 0, loaded = 0;
  const auto count = [&](bool ok) { ok ? ++loaded : ++refused; };
  for (const auto& entry : file->entries()) {
    if (!is_number(entry)) continue;
    for (uint32_t value : {0u, 1u, 3u, 7u, 64u, 65536u, 0x7fffffffu, 0xffffffffu}) {
      const auto bytes = testing::changed_model(*file, "", entry.key, value);
      count(loads(bytes, "cpu"));
      count(loads(bytes, "reference"));
    }
  }
  for (const auto& tensor : file->tensors())
    count(loads(testing::changed_model(*file, tensor.name, "", 0), "cpu"));
  std::printf("%s: %zu refused, %zu loaded\n", model.name.c_str(), refused, loaded);
  EXPECT_GT(refused, file->tensors().size() / 2);
}

INSTANTIATE_TEST_SUITE_P(Golden, Hostile, ::testing::ValuesIn(testing::float_models()),
                         [](const auto& name) { return testing::gtest_name(name.param); });

}  // namespace
}  // namespace straddle
