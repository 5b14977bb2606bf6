// docs/adding-a-format.md quotes real code: every quoted line stands in the sources.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "testing/golden.h"

namespace straddle::quant {
namespace {

std::string sources() {
  std::string out;
  for (const char* room : {"src/quant", "src/store"}) {
    for (const auto& file : std::filesystem::directory_iterator(testing::source(room))) {
      out += testing::read_text(file.path().string());
    }
  }
  return out;
}

TEST(Documents, QuotedCodeIsReal) {
  const std::string code = sources();
  std::istringstream in(testing::read_text(testing::source("docs/adding-a-format.md")));
  size_t quoted = 0;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("       ")) continue;  // 7 columns: code inside a list
    ++quoted;
    EXPECT_NE(code.find(line.substr(7)), std::string::npos) << line;
  }
  EXPECT_GT(quoted, 15u);
}

}  // namespace
}  // namespace straddle::quant
