// What a model is told is known to the letter: it says a script, and its tokens are letters.
#include <gtest/gtest.h>

#include "conversation/conversation.h"
#include "testing/scripted_model.h"

namespace straddle::conversation {
namespace {

const std::string kGo = "{{ '<|go|>' }}";

std::vector<uint8_t> hello_model() {
  testing::Script script;
  script.said = {{"Hello"}, {"."}};
  script.known = testing::letters();
  return testing::scripted_model(script).bytes().value();
}

class Talk {
 public:
  explicit Talk(const std::string& chat_template)
      : bytes_(hello_model()),
        file_(gguf::File::parse(bytes_, "script").value()),
        engine_(engine::Engine::load(file_, {.devices = {"cpu"}, .context = 256}).value()),
        conversation_(engine_, text::Tokenizer::from(file_).value(),
                      chat::Template::parse(chat_template, "test").value()) {
    options.temperature = 0;
  }

  Result<Answer> asked(const std::vector<Message>& messages) {
    const Sink sink{.text = [](std::string_view) { return true; },
                    .prompt = [&](size_t, size_t) { return reads; }};
    return conversation_.answer(messages, {}, options, sink);
  }

  options::Options options;
  bool reads = true;  // false: stopped after the first batch of the prompt

 private:
  std::vector<uint8_t> bytes_;
  gguf::File file_;
  engine::Engine engine_;
  Conversation conversation_;
};

size_t told(const Answer& answer) {
  return answer.statistics.prompt_tokens + answer.statistics.reused_tokens;
}

TEST(Said, EveryWordReachesTheModelWhateverTheTemplate) {
  const std::vector<Message> messages{{"system", "kindly"}, {"user", "hello"}};
  struct Row {
    const char* source;
    size_t tokens, warnings;
  };
  // <bos>, the words, <|go|>.
  const Row rows[] = {
      {"{% for m in messages %}{{ m.content }}{% endfor %}", 1 + 6 + 5 + 1, 0},
      {"{% for m in messages %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endfor %}", 13, 1},
      {"{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}", 13, 1},
  };
  for (const Row& row : rows) {
    Talk talk(row.source + kGo);
    const auto first = talk.asked(messages);
    ASSERT_TRUE(first) << one_line(first.error());
    EXPECT_EQ(first->message.content, "Hello.") << row.source;
    EXPECT_EQ(told(*first), row.tokens) << row.source;
    EXPECT_EQ(first->warnings.size(), row.warnings) << row.source;
    EXPECT_TRUE(talk.asked(messages)->warnings.empty()) << row.source << ": it is said once";
  }
}

TEST(Said, AnAnswerWithoutWordsDoesNotLockTheConversation) {
  Talk talk(
      "{% for m in messages %}{% if not m.content %}{{ raise_exception('empty') }}{% endif %}"
      "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('turns') }}{% endif %}"
      "{{ m.content }}{% endfor %}" +
      kGo);
  std::vector<Message> messages{{"user", "one"}};
  talk.options.num_predict = 0;
  const auto cut = talk.asked(messages);
  ASSERT_TRUE(cut && cut->begun());
  EXPECT_EQ(cut->message.content, "");
  messages.push_back(cut->message);
  messages.push_back({"user", "two"});
  talk.options.num_predict = 9;
  const auto next = talk.asked(messages);
  ASSERT_TRUE(next) << one_line(next.error());
  EXPECT_EQ(next->message.content, "Hello.");
  EXPECT_EQ(next->warnings.size(), 2u);
}

TEST(Said, ATurnThatWasStoppedBeforeItsFirstTokenHasNotBegun) {
  Talk talk("{{ messages[0].content }}" + kGo);
  talk.reads = false;
  EXPECT_FALSE(talk.asked({{"user", "one"}})->begun());
  talk.reads = true;
  EXPECT_TRUE(talk.asked({{"user", "one"}})->begun());
}

}  // namespace
}  // namespace straddle::conversation
