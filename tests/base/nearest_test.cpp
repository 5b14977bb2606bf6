#include "base/nearest.h"

#include <gtest/gtest.h>

namespace straddle {
namespace {

std::string of(std::string_view word, const std::vector<std::string>& names) {
  const auto found = nearest(word, names);
  return found ? names[*found] : "";
}

TEST(Nearest, ASlipOfTheFingers) {
  const std::vector<std::string> names = {"run", "show", "list", "tokenize", "temperature"};
  EXPECT_EQ(of("rnu", names), "run") << "swapped";
  EXPECT_EQ(of("shw", names), "show") << "missing";
  EXPECT_EQ(of("lisst", names), "list") << "too many";
  EXPECT_EQ(of("tokenise", names), "tokenize") << "another";
  EXPECT_EQ(of("tempratur", names), "temperature") << "two of them, in a long word";
}

TEST(Nearest, ABeginning) {
  EXPECT_EQ(of("temp", {"top_p", "temperature"}), "temperature");
  EXPECT_EQ(of("te", {"temperature"}), "") << "begins too much";
}

TEST(Nearest, NothingIsNear) {
  EXPECT_EQ(of("fly", {"run", "show"}), "");
  EXPECT_EQ(of("", {"run"}), "");
  EXPECT_EQ(of("run", {}), "");
  EXPECT_EQ(of(std::string(1 << 20, 'x'), {"run"}), "") << "soon";
}

TEST(Nearest, TheNearerWins) { EXPECT_EQ(of("stop_k", {"stop", "top_k"}), "top_k"); }

}  // namespace
}  // namespace straddle
