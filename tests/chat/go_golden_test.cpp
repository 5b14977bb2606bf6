// Go templates as models ship them, and small ones for each rule of the language, as Go's own
// text/template renders them (tests/golden/go_templates/README.md).
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "cases.h"
#include "testing/golden.h"

namespace straddle::chat {
namespace {

std::string folder() { return testing::source("tests/golden/go_templates/"); }

std::map<std::string, Json> conversations() {
  std::map<std::string, Json> out;
  for (Json& row : Json::parse(testing::read_text(folder() + "conversations.json")))
    out[row["name"]] = row;
  return out;
}

Result<Rendered> render_go(const std::string& source, const std::string& name, const Json& said) {
  auto parsed = Template::parse(source, name, Language::go);
  if (!parsed) return fail(parsed);
  const Json* tools = said.contains("tools") ? &said["tools"] : nullptr;
  return parsed->render({&said["messages"], tools, &said["extra"]}, {}, kGoldenTime);
}

TEST(GoGolden, EveryConversationOfEveryTemplate) {
  const auto said = conversations();
  std::set<std::string> templates;
  for (const Json& row : read_lines(folder() + "cases.jsonl")) {
    const std::string name = row["template"], conversation = row["conversation"];
    templates.insert(name);
    const std::string source = testing::read_text(folder() + "templates/" + name + ".gotmpl");
    expect_case(render_go(source, name, said.at(conversation)), row, name + ", " + conversation);
  }
  EXPECT_GE(templates.size(), 50u);
}

TEST(GoGolden, UnitsOfTheLanguage) {
  const Json said = conversations().at("tools");
  for (const Json& row : read_lines(folder() + "units.jsonl")) {
    const std::string source = row["template"];
    expect_case(render_go(source, "unit", said), row, source);
  }
}

}  // namespace
}  // namespace straddle::chat
