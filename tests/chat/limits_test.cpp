// A template is a program from the internet: whatever it says, it ends soon, small and with one clear
// line.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <ctime>

#include "cases.h"
#include "testing/golden.h"
#include "testing/sanitized.h"

namespace straddle::chat {
namespace {

std::string times(size_t count, const std::string& what) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += what;
  return out;
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Bounds of the issue: 1 s and 256 MB.
void expect_bounded(const std::string& name, const std::string& source, bool may_succeed,
                    const Json& row = Json::object()) {
  const std::clock_t start = std::clock();  // of this process: other work on the machine does not count
  const auto got = render_source(source, row);
  const double took = double(std::clock() - start) / CLOCKS_PER_SEC;
  EXPECT_TRUE(may_succeed || !got) << name << " gave " << got->text.substr(0, 100);
  if (!got) {
    EXPECT_EQ(got.error().where.rfind("test", 0), 0u) << name;
    EXPECT_FALSE(got.error().what.empty()) << name;
    std::printf("  %-18s %6.0f ms  %s\n", name.c_str(), took * 1e3,
                one_line(got.error()).substr(0, 120).c_str());
  }
  if (testing::kSanitized) return;
  EXPECT_LT(took, 1.0) << name;
  EXPECT_LT(peak_kib(), 256 * 1024) << name;
}

void expect_hostile(const std::string& path) {
  for (const Json& row : read_lines(path)) {
    const std::string source = row.contains("template") ? row["template"].get<std::string>()
                                                        : row["prefix"].get<std::string>() +
                                                              times(row["count"], row["repeat"]) +
                                                              row["suffix"].get<std::string>();
    const std::string expect = row["expect"];
    expect_bounded(row["name"], source, expect.find("or a result") != expect.npos);
  }
}

TEST(Limits, EveryHostileTemplate) {
  STRADDLE_GOLDEN_OR_SKIP(path, "chat/hostile.jsonl");
  expect_hostile(path);
}

struct Bomb {
  const char* name;
  std::string source;
  bool may_succeed = false;
};

TEST(Limits, Bombs) {
  const std::string big = "{% set s = 'x' * 1000000 %}";
  const Bomb bombs[] = {
      {"two macros",
       "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}"},
      {"caller", "{% macro m() %}{% call m() %}{% endcall %}{{ caller() }}{% endmacro %}{{ m() }}"},
      {"loop()", "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}"},
      {"parentheses", "{{ " + times(200000, "(") + "1" + times(200000, ")") + " }}"},
      {"list doubling",
       "{% set n = namespace(l=[0]) %}{% for i in range(60) %}{% set n.l = n.l + n.l %}{% endfor %}"},
      {"pairs",
       "{% set n = namespace(l=[0]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ "
       "n.l }}"},
      {"pairs as JSON",
       "{% set n = namespace(l=[0]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ "
       "n.l|tojson }}"},
      {"equal pairs",
       "{% set n = namespace(a=[0],b=[0]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% set "
       "n.b = [n.b, n.b] %}{% endfor %}{{ n.a == n.b }}"},
      {"deep list",
       "{% set n = namespace(l=[0]) %}{% for i in range(100000) %}{% set n.l = [n.l] %}{% endfor %}"},
      {"deep dict",
       "{% set n = namespace(l=0) %}{% for i in range(100000) %}{% set n.l = {'a': n.l} %}{% endfor %}"},
      {"join", big + "{{ range(100000)|list|join(s) }}"},
      {"replace", big + "{{ s|replace('x', s) }}"},
      {"replace nothing", big + "{{ s|replace('', s) }}"},
      {"format width", "{{ '{:>99999999999}'.format(1) }}"},
      {"format precision", "{{ '%.99999999999f' % 1.5 }}"},
      {"format nested", "{{ '{:{}}'.format(1, '{:{}}') }}"},
      {"star width", "{{ '%*d' % (10**30, 1) }}"},
      {"quadratic find", big + "{% for i in range(100000) %}{% set _ = s.find('y') %}{% endfor %}"},
      {"quadratic in",
       "{% set l = range(99999)|list %}{% for i in l %}{% set _ = -1 in l %}{% endfor %}"},
      {"sort", "{% for i in range(100000) %}{% set _ = range(99999)|sort %}{% endfor %}"},
      {"unique", "{{ range(100000)|unique|list|length }}", true},
      {"strings apart", big + big + "{% for i in range(1000) %}{% set _ = s|list %}{% endfor %}"},
      {"split", big + "{% for i in range(1000) %}{% set _ = s.split('x') %}{% endfor %}"},
      {"index", "{% set s = 'é' * 1000000 %}{% for i in range(99999) %}{% set _ = s[-1] %}{% endfor %}"},
      {"batch fill", "{{ [1]|batch(10**9, 0)|list }}"},
      {"slice", "{{ [1]|slice(10**9)|list }}"},
      {"tojson indent", "{{ [[[[1]]]]|tojson(indent=10**9) }}", true},
      {"expandtabs", "{{ '\\t'.expandtabs(10**12) }}"},
      {"zfill", "{{ '1'.zfill(10**12) }}"},
      {"strftime", "{{ strftime_now('%999999999d') }}"},
      {"macros kept",
       "{% set n = namespace(f=0) %}{% for i in range(99999) %}{% for j in range(99) %}{% macro m() "
       "%}{% endmacro %}{% set n.f = m %}{% endfor %}{% endfor %}"},
      {"dict of many",
       "{% set n = namespace(l=[]) %}{% for i in range(9999) %}{% set n.l = n.l + [(i, i)] %}{% endfor "
       "%}{{ dict(n.l)|length }}",
       true},
      {"long name", "{{ " + times(500000, "a") + " }}", true},
      {"elifs", "{% if 0 %}" + times(50000, "{% elif 0 %}") + "{% endif %}", true},
      {"sum of texts", "{{ " + times(100000, "'a' + ") + "'a' }}"},
      {"tilde", "{{ " + times(100000, "'a' ~ ") + "'a' }}", true},
      {"lambda of ifs", "{{ " + times(50000, "1 if 1 else ") + "1 }}"},
      {"comparisons", "{{ " + times(100000, "1 < ") + "1 }}", true},
      {"targets", "{% set " + times(100000, "(") + "a" + times(100000, ")") + " = 1 %}"},
      {"nul bytes", std::string("{{ '\0' }}\0{{ 1 }}", 18), true},
      {"slice steps", "{{ 'abc'[::10**30] }}{{ 'abc'[-(10**38):10**38:-(10**38)] }}", true},
      {"least number", "{{ (-(2**126)*2) // -1 }}"},
      {"least modulo", "{{ (-(2**126)*2) % -1 }}", true},
  };
  for (const Bomb& bomb : bombs) expect_bounded(bomb.name, bomb.source, bomb.may_succeed);
}

TEST(Limits, ChainsOfNamespacesAreFreedWithoutRecursion) {
  const auto got = render_source(
      "{% set n = namespace(x=0) %}{% for i in range(99999) %}"
      "{% set m = namespace(x=n.x) %}{% set n.x = m %}{% endfor %}done",
      Json::object(), {.time = std::chrono::seconds(20)});
  ASSERT_TRUE(got) << one_line(got.error());
  EXPECT_EQ(got->text, "done");
}

TEST(Limits, CirclesAreFreed) {
  const auto got = render_source(
      "{% set n = namespace() %}{% set n.x = n %}{% macro m() %}{{ m }}{% endmacro %}"
      "{% for a in [1] recursive %}{% set n.loop = loop %}{% endfor %}done");
  ASSERT_TRUE(got) << one_line(got.error());
  EXPECT_EQ(got->text, "done");
}

TEST(Limits, DeepMessagesAreRefused) {
  Json deep = "x";
  for (int i = 0; i < 400; ++i) deep = Json::array({std::move(deep)});
  expect_bounded("deep messages", "{{ messages }}", false, {{"messages", deep}});
}

TEST(Limits, ALongConversationFits) {
  const auto path = testing::golden("chat/templates/Qwen-Qwen3-0.6B.jinja");
  if (path.empty()) GTEST_SKIP() << "no golden data";
  Json messages = Json::array();
  for (int i = 0; i < 2000; ++i)
    messages.push_back({{"role", i % 2 ? "assistant" : "user"}, {"content", std::string(2000, 'x')}});
  const auto start = std::chrono::steady_clock::now();
  const auto got =
      render_source(testing::read_text(path), {{"messages", messages}, {"add_generation_prompt", true}});
  ASSERT_TRUE(got) << one_line(got.error());
  EXPECT_GT(got->text.size(), 4'000'000u);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("  2,000 messages of 2,000 bytes: %.0f ms\n", took.count() * 1e3);
}

}  // namespace
}  // namespace straddle::chat
