// What a person said arrives: a template that refuses messages, or passes over some, is given another
// form.
#include "conversation/rendering.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "testing/golden.h"

namespace straddle::conversation {
namespace {

using Json = nlohmann::ordered_json;
using Lines = std::vector<std::string>;

const Message kSystem{"system", "Be kind."}, kHi{"user", "Hi"}, kHello{"assistant", "Hello."},
    kMore{"user", "More"};

const std::string kPlain = "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}";
const std::string kParts =
    "{% for m in messages %}[{{ m.role }}] {% for p in m.content %}{{ p.text }}{% endfor %}{{ '\n' }}"
    "{% endfor %}";
const std::string kNoSystem =
    "{% for m in messages %}{% if m.role != 'system' %}[{{ m.role }}] {{ m.content }}\n{% endif %}"
    "{% endfor %}";
const std::string kInTurn =
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}[{{ m.role }}] {{ m.content }}\n{% endfor "
    "%}";

Rendering rendering_of(const std::string& source) {
  return Rendering(chat::Template::parse(source, "test").value(), {});
}

std::string text_of(Rendering& rendering, const std::vector<Message>& messages) {
  const auto out = rendering.render(messages, {}, true);
  return out ? out->text : "error: " + one_line(out.error());
}

std::string text_of(const std::string& source, const std::vector<Message>& messages) {
  auto rendering = rendering_of(source);
  return text_of(rendering, messages);
}

TEST(Rendering, WhatATemplateTakesIsGivenAsItIsAndNothingIsSaid) {
  auto rendering = rendering_of(kPlain);
  EXPECT_EQ(text_of(rendering, {kSystem, kHi, kHello, kMore}),
            "[system] Be kind.\n[user] Hi\n[assistant] Hello.\n[user] More\n");
  EXPECT_EQ(rendering.new_warnings(), Lines());
}

TEST(Rendering, ATemplateThatShowsListsOfPartsOnlyIsGivenThem) {
  auto rendering = rendering_of(kParts);
  EXPECT_EQ(text_of(rendering, {kSystem, kHi}), "[system] Be kind.\n[user] Hi\n");
  EXPECT_EQ(rendering.new_warnings(),
            Lines{"the chat template takes the words of a message as a list of parts "
                  "only, and is given them so"});
  EXPECT_EQ(text_of(rendering, {kSystem, kHi, kHello, kMore}),
            "[system] Be kind.\n[user] Hi\n[assistant] Hello.\n[user] More\n");
  EXPECT_EQ(rendering.new_warnings(), Lines()) << "it is said once";
}

TEST(Rendering, OnlyTheRolesThatNeedItGetLists) {
  const std::string source =
      "{{ messages[0].content }}|{% for m in messages[1:] %}{% for p in m.content %}{% if p.type == "
      "'text' %}{{ p.text }}{% endif %}{% endfor %}{% endfor %}";
  EXPECT_EQ(text_of(source, {kSystem, kHi}), "Be kind.|Hi");
}

TEST(Rendering, ATemplateThatRaisesOnTextsIsGivenLists) {
  const std::string source =
      "{% for m in messages %}{% for p in m.content %}{{ '<' + p['text'] + '>' }}{% endfor %}{% endfor "
      "%}";
  EXPECT_EQ(text_of(source, {kSystem, kHi}), "<Be kind.><Hi>");
  const std::string users_only =
      "{% for m in messages %}{% if m.role == 'user' %}{{ m.content[0]['text'] + '.' }}{% else %}"
      "{{ m.content + '.' }}{% endif %}{% endfor %}";
  EXPECT_EQ(text_of(users_only, {kHello, kHi}), "Hello..Hi.");
}

TEST(Rendering, AListIsNotGivenWhereItWouldBePrintedAsOne) {
  const std::string source =
      "{% for m in messages %}{% if m.content is string %}{{ raise_exception('no texts') }}{% endif %}"
      "{{ m.content }}{% endfor %}";
  EXPECT_EQ(text_of(source, {kHi}), "error: test line 1: the template refuses: no texts");
}

TEST(Rendering, ASystemMessageThatIsPassedOverStandsBeforeWhatTheUserSaysFirst) {
  auto rendering = rendering_of(kNoSystem);
  EXPECT_EQ(text_of(rendering, {kSystem, kHi}), "[user] Be kind.\n\nHi\n");
  EXPECT_EQ(rendering.new_warnings(),
            Lines{"the chat template has no place for a system message: its text "
                  "stands before what the user says first"});
  EXPECT_EQ(text_of(rendering, {kSystem, kHi, kHello, kMore}),
            "[user] Be kind.\n\nHi\n[assistant] Hello.\n[user] More\n");
  EXPECT_EQ(rendering.new_warnings(), Lines());
}

TEST(Rendering, ASystemMessageThatIsRefusedStandsThereToo) {
  EXPECT_EQ(text_of(kInTurn, {kSystem, kHi}), "[user] Be kind.\n\nHi\n");
}

TEST(Rendering, NeitherSystemNorTexts) {
  const std::string source =
      "{% for m in messages %}{% if m.role == 'user' %}{% for p in m.content %}{{ p.text }}{% endfor %}"
      "{% endif %}{% endfor %}";
  EXPECT_EQ(text_of(source, {kSystem, kHi}), "Be kind.\n\nHi");
}

TEST(Rendering, ALaterSystemMessageThatIsPassedOverStandsBeforeWhatTheUserSaysNext) {
  const std::string source =
      "{% for m in messages %}{% if loop.first or m.role != 'system' %}[{{ m.role }}] {{ m.content }}\n"
      "{% endif %}{% endfor %}";
  auto rendering = rendering_of(source);
  EXPECT_EQ(text_of(rendering, {kSystem, kHi, kHello, {"system", "Be brief."}, kMore}),
            "[system] Be kind.\n[user] Hi\n[assistant] Hello.\n[user] Be brief.\n\nMore\n");
  EXPECT_EQ(rendering.new_warnings(),
            Lines{"the chat template has no place for a later system message: its "
                  "text stands before what the user says next"});
  EXPECT_EQ(text_of(source, {kHi, {"system", "Be brief."}}), "[user] Hi\n\nBe brief.\n")
      << "behind what was said last, where nothing follows";
}

// The system text is not said to stand where it does not.
TEST(Rendering, WhereNothingIsShownNoPlaceIsNamed) {
  auto rendering = rendering_of("{{ messages | length }}");
  EXPECT_EQ(text_of(rendering, {kSystem, kHi}), "2");
  EXPECT_EQ(rendering.new_warnings(),
            Lines{"the chat template leaves out words of these, and the model does "
                  "not see them: system, user"});
}

// A switch or a mark is the template's only as a whole word of its source.
TEST(Rendering, HalfASwitchOrAMarkIsLostAloud) {
  const std::string source = "{# /no_think </think> #}";
  for (const Message& m : {Message{"user", "/no"}, Message{"assistant", "See <"}}) {
    auto rendering = rendering_of(source);
    text_of(rendering, {m});
    EXPECT_EQ(rendering.new_warnings().size(), 1u) << m.content;
  }
}

TEST(Rendering, WhatNoFormShowsIsSaid) {
  auto rendering = rendering_of(
      "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}\n{% endif %}{% endfor %}");
  EXPECT_EQ(text_of(rendering, {kSystem, kHi, kHello, kMore}), "Be kind.\n\nHi\nMore\n");
  EXPECT_EQ(rendering.new_warnings().back(),
            "the chat template leaves out words of these, and the model does not see them: assistant");
  EXPECT_EQ(text_of(rendering, {kSystem, kHi, kHello, kMore, kHello, kMore}),
            "Be kind.\n\nHi\nMore\nMore\n");
  EXPECT_EQ(rendering.new_warnings(), Lines());
}

// Words of another message, or of the template itself, are not taken for those that are missing.
TEST(Rendering, WordsAreKnownByWhoSaidThem) {
  auto rendering = rendering_of(kNoSystem);
  EXPECT_EQ(text_of(rendering, {{"system", "Hi"}, {"user", "Hi there"}}), "[user] Hi\n\nHi there\n");
}

TEST(Rendering, WhatATemplateCutsOutOnPurposeIsNoLoss) {
  auto rendering = rendering_of(
      "{% for m in messages %}{% set c = m.content %}{% if m.role == 'assistant' %}"
      "{% set c = c.split('</think>')[-1] %}{% endif %}[{{ m.role }}] "
      "{{ c.replace('/no_think', '') | trim | upper }}\n{% endfor %}");
  EXPECT_EQ(text_of(rendering, {{"system", "/no_think"},
                                {"user", " two\nlines "},
                                {"assistant", "<think>\nx\n</think>\n\nThree", "and more"},
                                {"user", "four /no_think"},
                                {"assistant", "<think>only</think>\n"},
                                {"user", "  "}}),
            "[system] \n[user] TWO\nLINES\n[assistant] THREE\n[user] FOUR\n[assistant] \n[user] \n");
  EXPECT_EQ(rendering.new_warnings(), Lines());
}

TEST(Rendering, AnAnswerWithoutWordsIsNotToldAgain) {
  auto rendering = rendering_of(kPlain);
  const Message thoughts{"assistant", " \n", "Let me see"};
  EXPECT_EQ(text_of(rendering, {kHi, thoughts, kMore}), "[user] Hi\n[user] More\n");
  EXPECT_EQ(rendering.new_warnings(),
            Lines{"an answer without words is left out of what the model is told"});
  EXPECT_EQ(text_of(rendering, {kHi, thoughts, kMore, kHello, kMore}),
            "[user] Hi\n[user] More\n[assistant] Hello.\n[user] More\n");
  EXPECT_EQ(rendering.new_warnings(), Lines());
  text_of(rendering, {kHi, thoughts, kMore, kHello, kMore, thoughts, kMore});
  EXPECT_EQ(rendering.new_warnings(),
            Lines{"2 answers without words are left out of what the model is told"});
}

TEST(Rendering, WhereRolesMustTakeTurnsNeighboursAreJoined) {
  auto rendering = rendering_of(kInTurn);
  EXPECT_EQ(text_of(rendering, {kHi, {"assistant", ""}, kMore, kHello, kMore}),
            "[user] Hi\n\nMore\n[assistant] Hello.\n[user] More\n");
  EXPECT_EQ(
      rendering.new_warnings(),
      (Lines{"the chat template wants user and assistant in turn: neighbours of one role are joined",
             "an answer without words is left out of what the model is told"}));
  EXPECT_EQ(text_of(kInTurn, {kSystem, kHi, {"assistant", ""}, kMore}),
            "[user] Be kind.\n\nHi\n\nMore\n");
}

TEST(Rendering, NeighboursAreJoinedTooWhereATemplateShowsOnlyOneOfThem) {
  EXPECT_EQ(text_of("{% for m in messages %}{% if loop.last or m.role != loop.nextitem.role %}"
                    "[{{ m.role }}] {{ m.content }}{% endif %}{% endfor %}",
                    {kHi, kMore, kHello, kHi}),
            "[user] Hi\n\nMore[assistant] Hello.[user] Hi");
}

TEST(Rendering, AnAnswerThatIsRefusedIsNotToldAgain) {
  const std::string source =
      "{% for m in messages %}{% if m.role == 'assistant' and '{' in m.content %}"
      "{{ raise_exception('no braces') }}{% endif %}[{{ m.role }}] {{ m.content }}\n{% endfor %}";
  auto rendering = rendering_of(source);
  EXPECT_EQ(
      text_of(rendering, {kHi, kHello, kMore, {"assistant", "{"}, kMore, kHello, kMore}),
      "[user] Hi\n[assistant] Hello.\n[user] More\n[user] More\n[assistant] Hello.\n[user] More\n");
  EXPECT_EQ(
      rendering.new_warnings(),
      Lines{"an answer that the chat template does not take is left out of what the model is told"});
}

TEST(Rendering, WhereNothingHelpsTheFirstErrorIsShown) {
  EXPECT_EQ(text_of("{% if messages[0].content is string %}{{ raise_exception('text') }}{% else %}"
                    "{{ raise_exception('parts') }}{% endif %}",
                    {kSystem, kHi, kHello, kMore}),
            "error: test line 1: the template refuses: text");
}

TEST(Rendering, ATemplateThatNeverEndsIsNotTriedInEveryForm) {
  auto rendering =
      rendering_of("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(
      rendering.render(std::vector<Message>{kSystem, kHi, kHello, kMore, kHello, kMore}, {}, true));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
}

TEST(Rendering, OurOwnFallbacksLoseNothing) {
  const std::string names = chat::fallback_template("?").error().hint;
  std::istringstream list(names.substr(names.find("are ") + 4));
  size_t seen = 0;
  for (std::string name; std::getline(list >> std::ws, name, ','); ++seen) {
    const auto chat_template = chat::fallback_template(name);
    ASSERT_TRUE(chat_template) << name;
    Rendering rendering(*chat_template, {"<s>", "</s>"});
    EXPECT_TRUE(rendering.render(std::vector<Message>{kSystem, kHi, kHello, kMore}, {}, true)) << name;
    EXPECT_EQ(rendering.new_warnings(), Lines()) << name;
  }
  EXPECT_GT(seen, 25u);
}

// ---- templates as models ship them

// The roles of a golden case that are lost, by the rule and by looking for marks that no template has.
struct Losses {
  Lines found, truly;
};

Losses losses_of(const chat::Template& chat_template, const Json& row, bool marked) {
  Losses out;
  Json said = row["messages"];
  std::vector<Message> messages;
  for (size_t i = 0; i < said.size(); ++i) {
    Json& m = said[i];
    const bool text = m.contains("content") && m["content"].is_string() && !m["content"].empty();
    if (marked && text && chat::bytes_of_words(m["content"].get<std::string>()) > 0)
      m["content"] = "ψ" + std::to_string(i) + "Ω";
    messages.push_back({m.value("role", ""), text ? m["content"].get<std::string>() : ""});
  }
  const chat::TemplateInput given{&said, &row["tools"], &row["extra"], row["add_generation_prompt"]};
  const auto got = chat_template.render(given, {row["bos_token"], row["eos_token"]}, {});
  if (!got) return out;
  out.found = lost_roles(messages, *got, chat_template.source());
  std::vector<Message> missing;
  for (const Message& m : messages) {
    if (!m.content.empty() && got->text.find(m.content) == std::string::npos) missing.push_back(m);
  }
  out.truly = roles_of(missing);
  return out;
}

TEST(Rendering, GoldenTemplatesLoseWhatTheRuleSaysAndNothingElse) {
  STRADDLE_GOLDEN_OR_SKIP(path, "chat/cases.jsonl");
  std::istringstream lines(testing::read_text(path));
  std::map<std::string, chat::Template> templates;
  size_t rows = 0, losses = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    const Json row = Json::parse(line);
    if (row.contains("error")) continue;
    const std::string name = row["template"], what = name + " " + row["case"].get<std::string>();
    if (templates.count(name) == 0) {
      const std::string file = testing::golden("chat/templates/" + name + ".jinja");
      templates.emplace(name, chat::Template::parse(testing::read_text(file), name).value());
    }
    const auto& chat_template = templates.at(name);
    const Losses marked = losses_of(chat_template, row, true);
    EXPECT_EQ(marked.found, marked.truly) << what;
    // With the words as they are: no answer whose thoughts were cut, no user is taken for lost.
    for (const std::string& role : losses_of(chat_template, row, false).found) {
      EXPECT_TRUE(role == "system" || role == "tool") << what << ": " << role;
      ++losses;
    }
  }
  EXPECT_GT(rows, 1500u);
  EXPECT_LT(losses, 20u);
}

}  // namespace
}  // namespace straddle::conversation
