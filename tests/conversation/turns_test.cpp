// A turn computes only what the one before did not: attention models, and recurrent ones through their
// state. The models are tiny and random: what they say is bytes, but the same bytes each time.
#include <gtest/gtest.h>

#include "conversation/conversation.h"
#include "testing/golden.h"

namespace straddle::conversation {
namespace {

constexpr const char* kTemplate =
    "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant: {% endif %}";

struct Case {
  const char* model;
  bool recurrent;
};

struct Talk {
  std::optional<engine::Engine> engine;
  std::optional<Conversation> conversation;
  options::Options options;
  std::string shown;

  explicit Talk(const std::string& path) {
    const auto file = gguf::File::open(path);
    engine = engine::Engine::load(*file, {.devices = {"cpu"}, .context = 512}).value();
    conversation.emplace(*engine, text::Tokenizer::from(*file).value(),
                         chat::Template::parse(kTemplate, "test").value());
    options.temperature = 0;
    options.repeat_penalty = 3;  // else they say blanks, which are no answer
    options.num_predict = 8;
  }
  Answer asked(const std::vector<Message>& messages) {
    shown.clear();
    const Sink sink{.text = [&](std::string_view text) {
      shown += text;
      return true;
    }};
    return conversation->answer(messages, {}, options, sink).value();
  }
};

class Turns : public ::testing::TestWithParam<Case> {};

TEST_P(Turns, OnlyTheNewTokensAreComputed) {
  STRADDLE_GOLDEN_OR_SKIP(path, std::string("models/") + GetParam().model + ".gguf");
  Talk talk(path);
  std::vector<Message> messages{{"user", "Once upon a time"}};
  const Answer first = talk.asked(messages);
  EXPECT_EQ(first.statistics.reused_tokens, 0u);
  EXPECT_EQ(talk.shown, first.message.content);
  messages.push_back(first.message);
  messages.push_back({"user", "Go on"});
  const Answer second = talk.asked(messages);
  // All but the last token of the answer was read when the next one was chosen.
  EXPECT_EQ(second.statistics.reused_tokens,
            first.statistics.prompt_tokens + first.statistics.generated_tokens - 1);
  EXPECT_LT(second.statistics.prompt_tokens, first.statistics.prompt_tokens + 16);
  // The same conversation, told at once to a fresh one.
  Talk fresh(path);
  const Answer whole = fresh.asked(messages);
  EXPECT_EQ(whole.statistics.reused_tokens, 0u);
  if (first.message.content.find("\xef\xbf\xbd") == std::string::npos) {
    EXPECT_EQ(whole.message.content, second.message.content);
  }
}

TEST_P(Turns, AnotherAnswerInItsPlaceGoesOnFromWhereItBegan) {
  STRADDLE_GOLDEN_OR_SKIP(path, std::string("models/") + GetParam().model + ".gguf");
  Talk talk(path);
  const Answer first = talk.asked({{"user", "Once upon a time"}});
  const std::vector<Message> other{
      {"user", "Once upon a time"}, {"assistant", "Never."}, {"user", "Go on"}};
  const Answer second = talk.asked(other);
  const size_t opening = 13;  // "<s>", " assistant: " in bytes: kept where the state can go back
  EXPECT_GE(second.statistics.reused_tokens + (GetParam().recurrent ? opening : 1),
            first.statistics.prompt_tokens);
  Talk fresh(path);
  EXPECT_EQ(fresh.asked(other).message.content, second.message.content);
}

INSTANTIATE_TEST_SUITE_P(Models, Turns,
                         ::testing::Values(Case{"arch/llama", false}, Case{"small/gemma3", false},
                                           Case{"small/mamba", true}, Case{"small/lfm2", true},
                                           Case{"small/qwen35", true}),
                         [](const auto& one) {
                           std::string name = one.param.model;
                           std::replace(name.begin(), name.end(), '/', '_');
                           return name;
                         });

}  // namespace
}  // namespace straddle::conversation
