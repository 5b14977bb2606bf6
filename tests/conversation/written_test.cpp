// What is shown of what a model writes: it says a script, so each byte is known.
#include <gtest/gtest.h>

#include "conversation/conversation.h"
#include "testing/scripted_model.h"

namespace straddle::conversation {
namespace {

using testing::Piece;
using text::TokenType;

Piece control(std::string text) { return {std::move(text), TokenType::control}; }
Piece user(std::string text) { return {std::move(text), TokenType::user_defined}; }
Piece byte(std::string text) { return {std::move(text), TokenType::byte}; }

constexpr const char* kPlain =
    "{% for m in messages %}{{ m.content }}{% endfor %}{% if add_generation_prompt %}{{ '<|go|>' }}{% "
    "endif %}";
constexpr const char* kThinks =
    "{% for m in messages %}{{ m.content.split('</think>')[-1] }}{% endfor %}{{ '<|go|>' }}";
constexpr const char* kOpens =
    "{% for m in messages %}{{ m.content }}{% endfor %}{{ '<think>\\n<|go|>' }}";
constexpr const char* kChannels =
    "{% for m in messages %}{% if m.role == 'assistant' %}"
    "{{ '<|start|>assistant<|channel|>final<|message|>' ~ m.content ~ '<|end|>' }}{% else %}"
    "{{ m.content }}{% endif %}{% endfor %}{{ '<|start|>assistant' }}";

// <|end|> ends no answer where these are known.
std::vector<Piece> known() {
  std::vector<Piece> out = testing::letters();
  out.push_back(control("<|return|>"));
  out.push_back(control("<|call|>"));
  return out;
}

struct Shown {
  std::string text, thinking;
  Answer answer;
};

class Talk {
 public:
  Talk(std::vector<Piece> said, const char* chat_template, Piece start = control("<|go|>"))
      : bytes_(testing::scripted_model(
                   {.said = std::move(said), .start = std::move(start), .known = known()})
                   .bytes()
                   .value()),
        file_(gguf::File::parse(bytes_, "script").value()),
        engine_(engine::Engine::load(file_, {.devices = {"cpu"}, .context = 256}).value()),
        conversation_(engine_, text::Tokenizer::from(file_).value(),
                      chat::Template::parse(chat_template, "test").value()) {
    options.temperature = 0;
  }

  Shown asked(const std::vector<Message>& messages = {{"user", "hi"}}) {
    Shown out;
    Sink sink{.text = [&](std::string_view text) {
      out.text += text;
      return true;
    }};
    if (shows_thinking) {
      sink.thinking = [&](std::string_view text) {
        out.thinking += text;
        return true;
      };
    }
    out.answer = conversation_.answer(messages, {.json = json}, options, sink).value();
    return out;
  }

  options::Options options;
  bool shows_thinking = true, json = false;

 private:
  std::vector<uint8_t> bytes_;
  gguf::File file_;
  engine::Engine engine_;
  Conversation conversation_;
};

std::string with_stop(Talk& talk, const char* stop, Ending ending = Ending::stop) {
  talk.options.stop = {stop};
  const Shown shown = talk.asked();
  EXPECT_EQ(shown.answer.statistics.ending, ending) << stop;
  EXPECT_EQ(shown.answer.message.content, shown.text) << stop;
  return shown.text;
}

// ---- stop strings

TEST(Stops, MatchWhatIsWrittenNotOnlyWhatIsShown) {
  const auto talk = std::make_unique<Talk>(
      std::vector<Piece>{
          {"Yes"}, {"."}, control("<|turn|>"), {"user"}, {":\n"}, control("<|x|>"), {"A"}},
      kPlain);
  EXPECT_EQ(with_stop(*talk, "<|turn|>"), "Yes.");
  EXPECT_EQ(with_stop(*talk, "<|turn|>user"), "Yes.");
  EXPECT_EQ(with_stop(*talk, ".<|turn|>us"), "Yes");
  EXPECT_EQ(with_stop(*talk, "s.<|tu"), "Ye");
  EXPECT_EQ(with_stop(*talk, "\n<|x|>A"), "Yes.user:");
  EXPECT_EQ(with_stop(*talk, ".user"), "Yes.user:\nA") << "they do not stand together";
  EXPECT_EQ(with_stop(*talk, "A<eos>"), "Yes.user:\n") << "the end of the answer counts";
  EXPECT_EQ(with_stop(*talk, "<eos>"), "Yes.user:\nA");
  EXPECT_EQ(with_stop(*talk, "A<eos>b"), "Yes.user:\nA");
}

TEST(Stops, AreAskedOfTheAnswerNotOfThinking) {
  const std::vector<Piece> said{user("<think>"), {"so\n"}, {"END"}, user("</think>"),
                                {"\n\nYes"},     {"END"},  {"no"}};
  Talk talk(said, kThinks);
  talk.options.stop = {"END"};
  const Shown shown = talk.asked();
  EXPECT_EQ(shown.thinking, "so\nEND");
  EXPECT_EQ(shown.text, "Yes");
  EXPECT_EQ(with_stop(talk, "\n"), "YesENDno") << "the line ends behind a mark are no answer";
  EXPECT_EQ(with_stop(talk, "</think>"), "");
  EXPECT_EQ(with_stop(talk, "<think>"), "");
}

TEST(Stops, AreNotAskedOfHeaders) {
  const std::vector<Piece> said{
      control("<|channel|>"), {"final"}, control("<|message|>"), {"A"}, {" final"}, {"B"}};
  Talk talk(said, kChannels, control("assistant"));
  EXPECT_EQ(with_stop(talk, "final"), "A ");
  EXPECT_EQ(with_stop(talk, "<|message|>"), "");
}

// ---- characters and hidden tokens

TEST(Written, ACharacterDoesNotGoOnBehindATokenThatShowsNothing) {
  Talk control_between({byte("<0xC3>"), control("<|x|>"), byte("<0xA9>"), {"b"}}, kPlain);
  EXPECT_EQ(control_between.asked().text,
            "\xef\xbf\xbd\xef\xbf\xbd"
            "b");
  Talk mark_between({user("<think>"), byte("<0xC3>"), user("</think>"), {"b"}}, kThinks);
  const Shown shown = mark_between.asked();
  EXPECT_EQ(shown.thinking, "\xef\xbf\xbd");
  EXPECT_EQ(shown.text, "b");
}

TEST(Written, LineEndsNextToMarksAreNoAnswer) {
  const std::vector<Piece> said{
      control("<|channel|>"), {"commentary"}, control("<|message|>"), {"First.\n\n"},
      control("<|end|>"),     {"\n"},         control("<|start|>"),   {"assistant"},
      control("<|channel|>"), {"final"},      control("<|message|>"), {"\n  Then.\n"}};
  Talk talk(said, kChannels, control("assistant"));
  const Shown shown = talk.asked();
  EXPECT_EQ(shown.text, "First.\n\n  Then.\n") << "parts of an answer stand apart";
  EXPECT_EQ(shown.answer.message.content, shown.text);
}

// ---- thinking

TEST(Thoughts, EndWithALateMark) {
  const std::vector<Piece> said{{"So"}, {".\n"}, user("</think>"), {"\n\nYes"}, {"."}};
  Talk talk(said, kThinks);
  const Shown seen = talk.asked();
  EXPECT_EQ(seen.answer.message.content, "Yes.");
  EXPECT_EQ(seen.answer.message.thinking, "So.");
  EXPECT_EQ(seen.text, "So.\n\nYes.") << "it was shown before it could be known";
  talk.shows_thinking = false;
  const Shown hidden = talk.asked();
  EXPECT_EQ(hidden.text, "Yes.") << "who wants no thinking is shown none";
  EXPECT_EQ(hidden.answer.message.content, "Yes.");
}

TEST(Thoughts, HiddenOrNotAnAnswerWithoutThemIsWhole) {
  Talk talk({{"  So"}, {".\n"}}, kThinks);
  EXPECT_EQ(talk.asked().text, "  So.\n");
  talk.shows_thinking = false;
  EXPECT_EQ(talk.asked().text, "  So.\n");
  talk.options.stop = {"."};
  EXPECT_EQ(talk.asked().text, "  So");
  talk.options.stop = {};
  talk.options.num_predict = 1;
  EXPECT_EQ(talk.asked().text, "  So");
}

TEST(Thoughts, AreToldWhereThePromptOpenedThemInFrontOfMore) {
  Talk talk({{"So."}, user("</think>"), {"Yes."}}, kOpens);
  const Shown shown = talk.asked();
  EXPECT_EQ(shown.thinking, "So.");
  EXPECT_EQ(shown.text, "Yes.");
}

TEST(Thoughts, AMarkThatAUserWroteOpensNone) {
  Talk talk({{"Yes."}}, kThinks);
  EXPECT_EQ(talk.asked({{"user", "what is <think>"}}).text, "Yes.");
  EXPECT_EQ(talk.asked({{"user", "<think>"}}).thinking, "");
}

TEST(Json, IsAskedOfTheAnswerNotOfHeadersAndThinking) {
  const std::vector<Piece> said{control("<|channel|>"),
                                {"analysis"},
                                control("<|message|>"),
                                {"So"},
                                control("<|end|>"),
                                control("<|start|>"),
                                {"assistant"},
                                control("<|channel|>"),
                                {"final"},
                                control("<|message|>"),
                                {"{\"a\":"},
                                {"1"},
                                {"}"}};
  Talk talk(said, kChannels, control("assistant"));
  talk.json = true;
  const Shown shown = talk.asked();
  EXPECT_EQ(shown.thinking, "So");
  EXPECT_EQ(shown.text, "{\"a\":1}");
}

// A model that knows no channels goes on from the prompt's header in plain words.
TEST(Written, PlainWordsBehindAHeaderAreShownOnce) {
  const Shown shown = Talk({{"Y"}, {"es"}}, kChannels, control("assistant")).asked();
  EXPECT_EQ(shown.text, "Yes");
  EXPECT_EQ(shown.answer.message.content, "Yes");
}

TEST(Json, DoesNotWaitForThinking) {
  Talk talk({{"{"}, {"}"}}, kThinks);
  talk.json = true;
  talk.shows_thinking = false;
  EXPECT_EQ(talk.asked().text, "{}");
}

TEST(Turns, GoOnFromMarksThatTheTemplateWritesToo) {
  const std::vector<Piece> said{control("<|channel|>"), {"final"}, control("<|message|>"), {"Y"}, {"es"},
                                control("<|end|>")};
  Talk talk(said, kChannels, control("assistant"));
  talk.options.num_predict = 5;
  const Shown first = talk.asked();
  EXPECT_EQ(first.text, "Yes");
  const Shown second = talk.asked({{"user", "hi"}, first.answer.message, {"user", "and"}});
  EXPECT_EQ(second.answer.statistics.reused_tokens,
            first.answer.statistics.prompt_tokens + first.answer.statistics.generated_tokens - 1);
}

}  // namespace
}  // namespace straddle::conversation
