#include "cases.h"

#include <gtest/gtest.h>

#include <sstream>

#include "testing/golden.h"

namespace straddle::chat {

std::vector<Json> read_lines(const std::string& path) {
  std::vector<Json> out;
  std::istringstream lines(testing::read_text(path));
  for (std::string line; std::getline(lines, line);) out.push_back(Json::parse(line));
  return out;
}

Result<Rendered> render_case(const Template& chat_template, const Json& row, const Limits& limits) {
  const auto of = [&](const char* key) { return row.contains(key) ? &row.at(key) : nullptr; };
  const TemplateInput input{of("messages"), of("tools"), of("extra"),
                            row.value("add_generation_prompt", false)};
  const TokenTexts words{row.value("bos_token", "<s>"), row.value("eos_token", "</s>")};
  return chat_template.render(input, words, kGoldenTime, limits);
}

Result<Rendered> render_source(const std::string& source, const Json& row, const Limits& limits) {
  auto chat_template = Template::parse(source, "test");
  if (!chat_template) return fail(chat_template);
  return render_case(*chat_template, row, limits);
}

std::vector<bool> marks_of(const Rendered& rendered) {
  std::vector<bool> out(rendered.text.size());
  for (const auto& [begin, end] : rendered.quoted) {
    for (size_t i = begin; i < end; ++i) out.at(i) = true;
  }
  return out;
}

void expect_case(const Result<Rendered>& got, const Json& row, const std::string& name) {
  if (row.contains("error")) {
    EXPECT_FALSE(got) << name << "\n  wanted " << row["error"] << "\n  got " << (got ? got->text : "");
  } else if (!got) {
    ADD_FAILURE() << name << "\n  " << one_line(got.error());
  } else {
    EXPECT_EQ(got->text, row["expected"].get<std::string>()) << name;
  }
}

}  // namespace straddle::chat
