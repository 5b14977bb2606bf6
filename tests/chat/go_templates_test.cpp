// Go templates: who said what, limits, and where an error is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "cases.h"
#include "testing/sanitized.h"

namespace straddle::chat {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Template parsed(const std::string& source) {
  return Template::parse(source, "test", Language::go).value();
}

const Json& said() {
  static const Json messages = Json::parse(R"([{"role": "system", "content": "<|s|>"},
      {"role": "user", "content": "<|u|>"},
      {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "<|f|>", "arguments": {"<|k|>": 5}}}]},
      {"role": "<|r|>", "content": "x"}])");
  return messages;
}

Result<Rendered> render(const std::string& source, const Json& messages = said(),
                        const Limits& limits = {}) {
  static const Json tools = Json::parse(R"([{"type": "function", "function": {"name": "<|t|>"}}])");
  static const Json extra = Json::parse(R"({"enable_thinking": true})");
  auto made = Template::parse(source, "test", Language::go);
  if (!made) return fail(made);
  return made->render({&messages, &tools, &extra}, {}, kGoldenTime, limits);
}

// What is quoted, between [ and ].
std::string marked(const std::string& source, const Json& messages = said()) {
  const auto rendered = render(source, messages);
  if (!rendered) return one_line(rendered.error());
  const auto marks = marks_of(*rendered);
  std::string out;
  for (size_t i = 0; i < marks.size(); ++i) {
    if (marks[i] && (i == 0 || !marks[i - 1])) out += '[';
    if (!marks[i] && i > 0 && marks[i - 1]) out += ']';
    out += rendered->text[i];
  }
  return out + (!marks.empty() && marks.back() ? "]" : "");
}

TEST(GoProvenance, WhatAMessageSaysStaysQuoted) {
  const std::pair<const char*, const char*> rows[] = {
      {"{{ range .Messages }}<|{{ .Role }}|>{{ .Content }};{{ end }}",
       "<|system|>[<|s|>];<|user|>[<|u|>];<|assistant|>;<|[<|r|>]|>[x];"},
      {"{{ $.Messages | len }} {{ .System }}{{ printf \"<|a|>%s%5d\" .System 7 }}",
       "4 [<|s|>]<|a|>[<|s|>]    7"},
      {"{{ print .System \"<|b|>\" }}{{ slice .System 1 3 }}{{ html .System }}{{ len .System }}",
       "[<|s|>]<|b|>[|s&lt;|s|&gt;]5"},
      {"{{ json .System }}{{ printf \"%q\" .System }}{{ urlquery .System }}{{ index .System 0 }}",
       "[\"\\u003c|s|\\u003e\"\"<|s|>\"%3C%7Cs%7C%3E60]"},
      {"{{ with index .Messages 2 }}{{ range .ToolCalls }}{{ .Function.Name }}={{ .Function.Arguments "
       "}}{{ end }}{{ end }}",
       "[<|f|>]=[{\"\\u003c|k|\\u003e\":5}]"},
      {"{{ with index .Messages 2 }}{{ range .ToolCalls }}{{ range $k, $v := .Function.Arguments }}{{ "
       "$k }}:{{ $v }}{{ end }}{{ end }}{{ end }}",
       "[<|k|>]:[5]"},
      {"{{ range .Tools }}{{ .Function.Name }}:{{ .Function.Parameters.Properties }}{{ json "
       ".Function.Name }}{{ end }}{{ len .Messages }}",
       "[<|t|>]:[{}\"\\u003c|t|\\u003e\"]4"},
      {"{{ or .Nothing .System }}{{ and true .System }}{{ eq .System \"<|s|>\" }}{{/**/}}{{ len "
       ".Messages }}",
       "[<|s|><|s|>]true4"},
      {"<|p|>{{ .System }}{{ .Prompt }}<|e|>{{ .Response }}", "<|p|>[<|s|><|u|>]<|e|>"},
  };
  for (const auto& [source, expected] : rows) EXPECT_EQ(marked(source), expected) << source;
}

// What Ollama joins is the words of two messages, and the house's empty line.
TEST(GoProvenance, JoinedMessagesKeepWhoSaidWhat) {
  const Json messages =
      Json::parse(R"([{"role": "user", "content": "one"}, {"role": "user", "content": "three"}])");
  EXPECT_EQ(marked("{{ range .Messages }}{{ .Content }}{{ end }}", messages), "[one]\n\n[three]");
  EXPECT_THAT(render("{{ range .Messages }}{{ .Content }}{{ end }}", messages)->shown,
              ::testing::ElementsAre(3, 5));
  const Json parts = Json::parse(
      R"([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image"}, "b"]}])");
  EXPECT_EQ(marked("{{ range .Messages }}{{ .Content }}{{ end }}", parts), "[a]\n\n[b]");
}

TEST(GoTemplates, ArgumentsMayBeText) {
  const Json good = Json::parse(
      R"([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{\"b\": 1, \"a\": 2}"}}]}])");
  const std::string source =
      "{{ range .Messages }}{{ range .ToolCalls }}{{ .Function.Arguments }}{{ end }}{{ end }}";
  EXPECT_EQ(render(source, good)->text, R"({"a":2,"b":1})");
  const Json bad = Json::parse(
      R"([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}])");
  EXPECT_THAT(render(source, bad).error().what, HasSubstr("no JSON object"));
}

TEST(GoTemplates, AnErrorNamesItsLine) {
  const auto broken = Template::parse("a\n{{ if }}", "chat template", Language::go);
  ASSERT_FALSE(broken);
  EXPECT_EQ(one_line(broken.error()), "chat template line 2: a value is missing");
  const auto unknown = Template::parse("{{/* \n\n */}}{{ nope }}", "chat template", Language::go);
  EXPECT_EQ(one_line(unknown.error()), "chat template line 3: function \"nope\" not defined");
  const auto failed = render("\n\n{{ .Messages.Nope }}");
  EXPECT_EQ(one_line(failed.error()), "test line 3: can't evaluate field Nope in type []string");
}

// Other work on the machine does not count.
constexpr Limits kPatient{.time = std::chrono::minutes(1)};

// Each wants more than it may have: of time, text, depth, or of the parser.
TEST(GoLimits, BombsEndWithOneLine) {
  std::string doubled = R"({{ $x := "aaaaaaaaaaaaaaaa" }})";
  for (int i = 0; i < 60; ++i) doubled += "{{ $x = print $x $x }}";
  std::string nested, deep_else = "{{ if 0 }}", loops;
  for (int i = 0; i < 2000; ++i) nested += "{{ if 1 }}";
  for (int i = 0; i < 2000; ++i) deep_else += "{{ else if 0 }}";
  for (int i = 0; i < 20; ++i) loops += "{{ range 100 }}";
  for (int i = 0; i < 20; ++i) loops += "{{ end }}";
  const std::pair<std::string, const char*> rows[] = {
      {doubled, "64 MB"},
      {"{{ range 9000000000000000000 }}{{ end }}", "more than 20000000 steps"},
      {"{{ range 1000000000 }}a{{ end }}", ""},
      {loops, ""},
      {R"({{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }})", "nested too deeply"},
      {R"({{ define "a" }}{{ template "a" . }}{{ template "a" . }}{{ end }}{{ template "a" . }})",
       "nested too deeply"},
      {R"({{ template "" . }})", "nested too deeply"},
      {R"({{ range 1000000 }}{{ printf "%1000000d" 1 }}{{ end }})", "steps"},
      {R"({{ printf "%10000000d" 1 }})", "width"},
      {nested, "nest deeper than 100"},
      {deep_else, "nest deeper than 100"},
      {"{{ " + std::string(5000, '(') + "1" + std::string(5000, ')') + " }}", "nest deeper than 100"},
      {std::string(1'000'001, 'a'), "more than 1 MB"},
  };
  for (const auto& [source, what] : rows) {
    const std::clock_t start = std::clock();
    const auto rendered = render(source, said(), kPatient);
    if (!testing::kSanitized) {
      EXPECT_LT(double(std::clock() - start) / CLOCKS_PER_SEC, 1.0) << source.substr(0, 60);
    }
    ASSERT_FALSE(rendered) << source.substr(0, 60);
    EXPECT_THAT(one_line(rendered.error()), HasSubstr(what)) << source.substr(0, 60);
    EXPECT_THAT(one_line(rendered.error()), StartsWith("test"));
  }
}

// The largest that are allowed.
TEST(GoLimits, LargeTemplatesAndTalksAreTaken) {
  std::string tags;
  while (tags.size() < 999'000) tags += "{{.X}}";
  EXPECT_TRUE(Template::parse(tags, "test", Language::go));
  Json talk = Json::array();
  for (int i = 0; i < 3000; ++i)
    talk.push_back({{"role", i % 2 ? "assistant" : "user"}, {"content", "Hello, world"}});
  const auto whole = render(
      "{{ range $i, $_ := .Messages }}{{ if eq (len (slice $.Messages $i)) 1 }}!{{ end }}{{ .Content "
      "}}{{ end }}",
      talk, kPatient);
  ASSERT_TRUE(whole) << one_line(whole.error());
  EXPECT_EQ(whole->text.size(), 3000 * 12 + 1u);
  const auto turns = render("{{ .Prompt }}{{ .Response }}", talk, kPatient);
  ASSERT_TRUE(turns) << one_line(turns.error());
  EXPECT_EQ(turns->text.size(), 3000 * 12u);
}

TEST(GoTemplates, SourceIsAsItWasGiven) { EXPECT_EQ(parsed("{{ .Prompt }}").source(), "{{ .Prompt }}"); }

}  // namespace
}  // namespace straddle::chat
