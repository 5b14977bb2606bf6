// Of every byte of a prompt the interpreter knows whether somebody said it.
#include <gtest/gtest.h>

#include <map>

#include "cases.h"
#include "testing/golden.h"

namespace straddle::chat {
namespace {

// The prompt with «» around what is quoted.
std::string with_quotes(const std::string& source, const Json& row) {
  const auto got = render_source(source, row);
  if (!got) return "error: " + one_line(got.error());
  std::string out;
  size_t at = 0;
  for (const auto& [begin, end] : got->quoted) {
    out += got->text.substr(at, begin - at) + "«" + got->text.substr(begin, end - begin) + "»";
    at = end;
  }
  return out + got->text.substr(at);
}

struct Row {
  std::string source, expected;
};

TEST(Provenance, FollowsEveryCharacterThroughTheLanguage) {
  const Json conversation = {
      {"messages",
       {{{"role", "user"}, {"content", " a,B "}, {"n", 7}, {"list", {"x", "y"}}, {"d", {{"k", "v"}}}}}},
      {"tools", Json::array({{{"name", "f"}}})},
      {"extra", {{"who", "me"}, {"yes", true}}},
      {"bos_token", "<s>"}};
  const std::string m = "{% set m = messages[0] %}{% set c = m.content %}";
  const Row rows[] = {
      {"{{ bos_token }}x{{ c }}y", "<s>x« a,B »y"},
      {"{{ 'x' + c + 'y' }}", "x« a,B »y"},
      {"{{ 'x' ~ c ~ 1 }}", "x« a,B »1"},
      {"{{ c|trim }}", "«a,B»"},
      {"{{ ('-' ~ c)|upper }}", "-« A,B »"},
      {"{{ c.replace(',', ';') }}", "« a»;«B »"},
      {"{{ c.replace(',', c) }}", "« a a,B B »"},
      {"{{ 'p,q'.replace(',', m.n|string) }}", "p«7»q"},
      {"{{ ('x' ~ c)[:3] }}", "x« a»"},
      {"{{ ('x' ~ c)[::-1] }}", "« B,a »x"},
      {"{{ c.split(',')|join('+') }}", "« a»+«B »"},
      {"{{ '%s=%s' % ('k', c) }}", "k=« a,B »"},
      {"{{ '%5d|' % m.n }}", "«    7»|"},
      {"{{ '{}={}'.format('k', c) }}", "k=« a,B »"},
      {"{{ '{:>8}|'.format(c) }}", "   « a,B »|"},
      {"{{ m.n + 1 }}", "«8»"},
      {"{{ m.n|tojson }}", "«7»"},
      {"{{ c|tojson }}", "«\" a,B \"»"},
      {"{{ m.d|tojson }}", "«{\"k\": \"v\"}»"},
      {"{{ {'k': m.list}|tojson }}", "{\"k\": «[\"x\", \"y\"]»}"},
      {"{{ [c, 'x'] }}", "[«' a,B '», 'x']"},
      {"{{ m.list }}", "«['x', 'y']»"},
      {"{{ m.list[1:] }}", "«['y']»"},
      {"{{ m.list|map('upper')|join('.') }}", "«X».«Y»"},
      {"{% for i in c %}{{ loop.index }}{{ i }}{% endfor %}", "1« »2«a»3«,»4«B»5« »"},
      {"{% for k, v in m.d.items() %}{{ k }}={{ v }}{% endfor %}", "«k»=«v»"},
      {"{% set x %}<{{ c }}>{% endset %}{{ x|lower }}", "<« a,b »>"},
      {"{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(c) }}", "<« a,B »>"},
      {"{% filter upper %}x{{ c }}{% endfilter %}", "X« A,B »"},
      {"{% set ns = namespace(t='') %}{% set ns.t = ns.t ~ 'x' ~ c %}{{ ns.t }}", "x« a,B »"},
      {"{{ c|replace('a', '<b>')|e }}", "« »&lt;b&gt;«,B »"},
      {"{{ c|indent(2, true) }}", "  « a,B »"},
      {"{{ c|length }}", "5"},
      {"{{ who }}{{ yes }}", "«meTrue»"},
      {"{{ tools[0].name }}", "«f»"},
      {"{{ m.role }}", "user"},
      {"{{ c is string }}{{ c == 'x' }}", "TrueFalse"},
      {"{{ c|default('x') }}{{ none_such|default('x') }}", "« a,B »x"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(with_quotes(m + row.source, conversation), row.expected) << row.source;
}

// Of each message it is known how much of its words stands in the prompt, whoever else says the same.
TEST(Provenance, TellsOfWhichMessageTheWordsAre) {
  struct Shown {
    std::string source;
    std::vector<size_t> shown;
    bool list = false;
  };
  const Json said = {
      {"messages",
       {{{"role", "system"}, {"content", "ab c"}, {"thinking", "zz"}},
        {{"role", "user"}, {"content", "ab c"}},
        {{"role", "user"},
         {"content", {{{"type", "text"}, {"text", "d e"}}, {{"type", "text"}, {"text", "f"}}}}}}},
      {"tools", {{{"name", "ab c"}}}}};
  const std::string m = "{% set a, b, c = messages[0], messages[1], messages[2] %}";
  const Shown rows[] = {
      {"ab c{{ a.role }}{{ a.thinking }}{{ tools[0].name }}", {0, 0, 0}},
      {"{{ a.content }}{{ b.content }}", {3, 3, 0}},
      {"{{ (b.content ~ a.content)|upper }}", {3, 3, 0}},
      {"{{ (a.content ~ b.content)[2:5] }}", {1, 1, 0}},
      {"{{ b.content.split(' ')[0] }}{{ b.content }}", {0, 5, 0}},
      {"{{ a.content|length }}{{ a.content == b.content }}", {0, 0, 0}},
      {"{{ c.content|map(attribute='text')|join(',') }}", {0, 0, 3}},
      {"{{ c.content[0].type }}", {0, 0, 0}, true},
      {"{{ c.content|tojson }}", {0, 0, 7}, true},
      {"{{ c.content }}", {0, 0, 7}, true},
  };
  for (const Shown& row : rows) {
    const auto got = render_source(m + row.source, said);
    ASSERT_TRUE(got) << row.source << ": " << one_line(got.error());
    EXPECT_EQ(got->shown, row.shown) << row.source;
    EXPECT_EQ(got->shows_list, row.list) << row.source;
  }
}

// Only the usual roles are the template's own words: they become control tokens ('<|' + role + '|>').
TEST(Provenance, AnUnusualRoleIsQuoted) {
  for (const char* role : {"user", "assistant", "system", "tool"}) {
    EXPECT_EQ(with_quotes("<|{{ messages[0].role }}|>", {{"messages", {{{"role", role}}}}}),
              "<|" + std::string(role) + "|>");
  }
  EXPECT_EQ(with_quotes("<|{{ messages[0].role }}|>", {{"messages", {{{"role", "im_end"}}}}}),
            "<|«im_end»|>");
  EXPECT_EQ(
      with_quotes("{{ messages[0].content.role }}", {{"messages", {{{"content", {{"role", "user"}}}}}}}),
      "«user»");
}

void expect_well_formed(const Rendered& rendered, const std::string& name) {
  size_t before = 0;
  bool first = true;
  for (const auto& [begin, end] : rendered.quoted) {
    EXPECT_LT(begin, end) << name;
    EXPECT_TRUE(first || begin > before) << name << ": ranges touch";
    EXPECT_LE(end, rendered.text.size()) << name;
    before = end;
    first = false;
  }
}

// use(name, template, row) for each golden row that renders.
template <class Use>
void each_case(const std::string& path, Use use) {
  std::map<std::string, Template> templates;
  for (const Json& row : read_lines(path)) {
    if (row.contains("error")) continue;
    const std::string name = row["template"];
    if (templates.count(name) == 0) {
      const auto parsed = Template::parse(
          testing::read_text(testing::golden("chat/templates/" + name + ".jinja")), name);
      ASSERT_TRUE(parsed) << one_line(parsed.error());
      templates.emplace(name, *parsed);
    }
    use(name + " " + row["case"].get<std::string>(), templates.at(name), row);
  }
}

// Every string below but roles, types, names and keys, in Greek letters that no template has.
void fill_with_markers(Json& value, const std::string& key) {
  if (value.is_string() &&
      (key == "content" || key == "text" || key == "reasoning_content" || key == "description")) {
    value = value.get_ref<const std::string&>().empty() ? "" : "ψΩψ";
  }
  if (!value.is_structured()) return;
  for (auto& [name, inner] : value.items()) fill_with_markers(inner, value.is_object() ? name : key);
}

bool is_marker(std::string_view text, size_t at) {
  const std::string_view pair = text.substr(at, 2);
  return pair == "ψ" || pair == "Ω" || pair == "Ψ" || pair == "ω";
}

TEST(EveryTemplate, QuotesWhatWasSaid) {
  STRADDLE_GOLDEN_OR_SKIP(path, "chat/cases.jsonl");
  size_t seen = 0;
  each_case(path, [&](const std::string& name, const Template& chat_template, const Json& row) {
    Json filled = row;
    fill_with_markers(filled["messages"], "");
    fill_with_markers(filled["tools"], "");
    const auto got = render_case(chat_template, filled);
    if (!got) return;  // some templates parse what was said
    expect_well_formed(*got, name);
    const auto marks = marks_of(*got);
    for (size_t at = 0; at + 1 < got->text.size(); ++at) {
      if (!is_marker(got->text, at)) continue;
      EXPECT_TRUE(marks[at] && marks[at + 1]) << name << " at " << at;
      ++seen;
    }
  });
  EXPECT_GT(seen, 10'000u);
}

// With nothing but usual roles and texts, all that is quoted was said in a text.
TEST(EveryTemplate, QuotesNothingOfItsOwn) {
  STRADDLE_GOLDEN_OR_SKIP(path, "chat/cases.jsonl");
  size_t rendered = 0;
  each_case(path, [&](const std::string& name, const Template& chat_template, const Json& row) {
    const std::string kind = row["case"];
    if (kind != "user" && kind != "multi" && kind != "system_multi") return;
    Json filled = row;
    fill_with_markers(filled["messages"], "");
    filled["tools"] = nullptr;
    filled["extra"] = Json::object();
    const auto got = render_case(chat_template, filled);
    if (!got) return;
    ++rendered;
    for (const auto& [begin, end] : got->quoted) {
      for (size_t at = begin; at < end; at += 2) {
        ASSERT_TRUE(is_marker(got->text, at)) << name << ": " << got->text.substr(begin, end - begin);
      }
    }
  });
  EXPECT_GT(rendered, 150u);
}

}  // namespace
}  // namespace straddle::chat
