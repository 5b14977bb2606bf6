// Templates as models ship them, and small ones for each rule of the language, as jinja2 renders them.
#include <gtest/gtest.h>

#include <map>

#include "cases.h"
#include "testing/golden.h"

namespace straddle::chat {
namespace {

TEST(Golden, EveryConversationOfEveryTemplate) {
  STRADDLE_GOLDEN_OR_SKIP(path, "chat/cases.jsonl");
  std::map<std::string, Template> templates;
  for (const Json& row : read_lines(path)) {
    const std::string name = row["template"];
    if (templates.count(name) == 0) {
      auto parsed = Template::parse(
          testing::read_text(testing::golden("chat/templates/" + name + ".jinja")), name);
      ASSERT_TRUE(parsed) << one_line(parsed.error());
      templates.emplace(name, *parsed);
    }
    expect_case(render_case(templates.at(name), row), row, name + " " + row["case"].get<std::string>());
  }
  EXPECT_GE(templates.size(), 70u);
}

// given: what the templates see where a row does not say.
void expect_units(const std::string& path, const Json& given = Json::object()) {
  for (const Json& row : read_lines(path)) {
    const std::string source = row["template"];
    expect_case(render_source(source, row.contains("messages") ? row : given), row, source);
  }
}

TEST(Golden, UnitsOfTheLanguage) {
  STRADDLE_GOLDEN_OR_SKIP(path, "chat/units.jsonl");
  expect_units(path);
}

// As make_units.py has it.
TEST(Golden, MoreUnitsOfTheLanguage) {
  const Json given = Json::parse(R"({"messages": [{"role": "system", "content": "Be brief."},
      {"role": "user", "content": " Grüße, 日本! ", "n": 3, "tags": ["b", "a", "C"]},
      {"role": "assistant", "content": "<b>\"it's\"</b>\n",
       "tool_calls": [{"name": "f", "arguments": {"x": 1.5, "y": null}}]}]})");
  expect_units(testing::source("tests/chat/units.jsonl"), given);
}

}  // namespace
}  // namespace straddle::chat
