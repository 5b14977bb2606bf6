// 3 MB of prose through each vocabulary: nothing is lost, and how long it takes is printed (aim: under 3
// s each).
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "testing/golden.h"
#include "text/text.h"

namespace straddle::text {
namespace {

std::string long_prose(const std::string& sample) {
  std::string out;
  for (uint64_t state = 1, words = 0; out.size() < 3'000'000;) {
    for (char c : sample) {
      if (c == ' ' && ++words % 3 == 0) {
        for (int i = 0; i < 4; ++i) {
          state = state * 6364136223846793005u + 1442695040888963407u;
          out += char('a' + (state >> 33) % 26);
        }
      }
      out += c;
    }
  }
  return out;
}

class Prose : public ::testing::TestWithParam<std::string> {};

TEST_P(Prose, ThreeMegabytesComeBackWhole) {
  STRADDLE_GOLDEN_OR_SKIP(path, "tokenizers/vocab/" + GetParam() + ".gguf");
  STRADDLE_GOLDEN_OR_SKIP(stories, "models/reference/tinystories_sample.txt");
  const auto file = gguf::File::open(path);
  ASSERT_TRUE(file) << one_line(file.error());
  const auto tokenizer = Tokenizer::from(*file);
  ASSERT_TRUE(tokenizer) << one_line(tokenizer.error());
  const std::string prose = long_prose(testing::read_text(stories));

  const auto start = std::chrono::steady_clock::now();
  const auto ids = tokenizer->encode(prose, {.add_special = false});
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  std::printf("%-10s %zu bytes, %zu ids, %.2f s\n", GetParam().c_str(), prose.size(), ids.size(),
              time.count());

  std::string back = tokenizer->decode(ids);
  if (back.size() == prose.size() + 1 && back[0] == ' ')
    back.erase(0, 1);  // SentencePiece puts a space in front
  EXPECT_TRUE(back == prose) << "decoded text differs; " << back.size() << " bytes";
}

INSTANTIATE_TEST_SUITE_P(Golden, Prose,
                         ::testing::Values("llama-spm", "phi-3", "llama-bpe", "qwen2", "gpt-2"),
                         [](const auto& name) {
                           std::string out = name.param;
                           std::replace(out.begin(), out.end(), '-', '_');
                           return out;
                         });

}  // namespace
}  // namespace straddle::text
