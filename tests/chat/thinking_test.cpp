// What a model thinks is told from what it answers, however the text is cut into pieces.
#include <gtest/gtest.h>

#include "chat/chat.h"
#include "testing/golden.h"

namespace straddle::chat {
namespace {

struct Case {
  const char* name;
  const char* template_source;
  std::string prompt, written, thinking, answer;
};

const Case kCases[] = {
    {"none", "{{ x }}", "", " <think>a</think>b", "", " <think>a</think>b"},
    {"tags", "<think>", "", "<think>\nhm\n</think>\n\nYes.", "\nhm\n", "Yes."},
    {"inside", "<think>", "...assistant\n<think>\n", "hm\n</think>\n\nYes.", "hm\n", "Yes."},
    {"closed_in_prompt", "<think>", "<think>\n\n</think>\n\n", "Yes.", "", "Yes."},
    {"no_thinking", "<think>", "", "Yes <think>.", "", "Yes <think>."},
    {"half_a_mark", "<think>", "", "<thin", "", "<thin"},
    {"never_closed", "<think>", "", "<think>a </thin", "a </thin", ""},
    {"channels", "<|channel|>", "<|start|>assistant",
     "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.", "hm",
     "Yes."},
    {"final_only", "<|channel|>", "<|start|>assistant", "<|channel|>final<|message|>Yes.", "", "Yes."},
    {"brackets", "[THINK]", "", "[THINK]hm[/THINK]Yes.", "hm", "Yes."},
};

class Thinking : public ::testing::TestWithParam<Case> {};

TEST_P(Thinking, IsToldFromTheAnswerInAnyPieces) {
  const Case& one = GetParam();
  for (size_t size = 1; size <= one.written.size(); ++size) {
    ThinkingFilter filter(thinking_style(one.template_source), one.prompt);
    std::string thinking, answer;
    const auto take = [&](const ThinkingFilter::Split& split) {
      thinking += split.thinking;
      answer += split.answer;
    };
    for (size_t at = 0; at < one.written.size(); at += size)
      take(filter.push(one.written.substr(at, size)));
    take(filter.finish());
    EXPECT_EQ(thinking, one.thinking) << "pieces of " << size;
    EXPECT_EQ(answer, one.answer) << "pieces of " << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Thinking, ::testing::ValuesIn(kCases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(ThinkingStyle, IsReadFromTheTemplate) {
  const auto open = [](const char* name) {
    const std::string path = testing::golden(std::string("chat/templates/") + name + ".jinja");
    const ThinkingStyle* style = path.empty() ? nullptr : thinking_style(testing::read_text(path));
    return std::string(style ? style->open : "");
  };
  STRADDLE_GOLDEN_OR_SKIP(folder, "chat/templates");
  EXPECT_EQ(open("Qwen-Qwen3-0.6B"), "<think>");
  EXPECT_EQ(open("openai-gpt-oss-120b"), "<|channel|>analysis<|message|>");
  EXPECT_EQ(open("mistralai-Ministral-3-14B-Reasoning-2512"), "[THINK]");
  EXPECT_EQ(open("google-gemma-4-31B-it"), "<|channel>thought");
  EXPECT_EQ(open("ByteDance-Seed-OSS"), "<seed:think>");
  EXPECT_EQ(open("google-gemma-2-2b-it"), "");
}

}  // namespace
}  // namespace straddle::chat
