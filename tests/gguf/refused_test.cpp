// tests/refused: hostile files, each with the one line that we print for it.
#include <gtest/gtest.h>

#include <filesystem>

#include "gguf/gguf.h"
#include "testing/golden.h"

namespace straddle::gguf {
namespace {

namespace fs = std::filesystem;

std::string without(std::string text, const std::string& part) {
  for (size_t at; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
  return text;
}

TEST(Refused, EachHostileFileGetsItsOneLine) {
  const std::string folder = testing::source("tests/refused/");
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    ++files;
    auto file = File::open(fs::path(entry.path()).replace_extension(".gguf").string());
    const std::string line = file ? "accepted" : without(one_line(file.error()), folder);
    EXPECT_EQ(line + "\n", testing::read_text(entry.path().string())) << entry.path();
  }
  EXPECT_GT(files, 80u);
}

}  // namespace
}  // namespace straddle::gguf
