#include "base/nearest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace straddle {
namespace {

const std::vector<std::string_view> kKnown = {"/load", "/save", "/exit", "num_ctx", "temperature"};

TEST(Nearest, FindsWhatWasMeantAndSaysNothingElse) {
  EXPECT_EQ(nearest("/laod", kKnown), "/load");
  EXPECT_EQ(nearest("/sav", kKnown), "/save");
  EXPECT_EQ(nearest("rnu", std::vector<std::string_view>{"show", "run"}), "run") << "a swap is one slip";
  EXPECT_EQ(nearest("/quit", kKnown), "/exit");
  EXPECT_EQ(nearest("temprature", kKnown), "temperature");
  EXPECT_EQ(nearest("ctx", kKnown), "num_ctx");
  for (const char* far : {"", "/", "/x", "wizardry", "num_gpu"})
    EXPECT_EQ(nearest(far, kKnown), "") << far;
}

TEST(Nearest, LongWordsCostLittle) { EXPECT_EQ(nearest(std::string(1 << 20, 'x'), kKnown), ""); }

}  // namespace
}  // namespace straddle
