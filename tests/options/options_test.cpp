#include "options/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace straddle::options {
namespace {

TEST(Options, EveryRowTakesItsOwnDefaultBack) {
  for (const Row& row : table()) {
    if (value_text(Options{}, row).empty()) continue;  // decided elsewhere, or a list
    Options o;
    EXPECT_TRUE(set(o, row.name, value_text(o, row))) << row.name;
    EXPECT_FALSE(row.help.empty());
  }
}

TEST(Options, AssignmentsSetValuesAndStopCollects) {
  Options o;
  ASSERT_TRUE(set(o, "temperature=0.25"));
  ASSERT_TRUE(set(o, "num_ctx=2048"));
  ASSERT_TRUE(set(o, "stop=a=b"));
  ASSERT_TRUE(set(o, "stop="));
  ASSERT_TRUE(set(o, "kv_type=f32"));
  EXPECT_EQ(o.temperature, 0.25);
  EXPECT_EQ(o.num_ctx, 2048);
  EXPECT_EQ(o.stop, (std::vector<std::string>{"a=b", ""}));
  EXPECT_EQ(o.kv_type, "f32");
}

TEST(Options, BiasesCollectAndMayBeInfinite) {
  Options o;
  for (const char* text : {"logit_bias=15043+1.5", "logit_bias=2-inf", "logit_bias=7-2e1"})
    ASSERT_TRUE(set(o, text)) << text;
  ASSERT_EQ(o.logit_bias.size(), 3u);
  EXPECT_EQ(o.logit_bias[0].token, 15043);
  EXPECT_EQ(o.logit_bias[0].bias, 1.5);
  EXPECT_EQ(o.logit_bias[1].bias, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(o.logit_bias[2].bias, -20);
  const auto row =
      std::find_if(table().begin(), table().end(), [](const Row& r) { return r.name == "logit_bias"; });
  EXPECT_EQ(value_text(o, *row), "15043+1.5, 2-inf, 7-20");
  for (const char* text : {"", "7", "7+", "+1", "-7+1", "7+-1", "7-nan", "7+1x", "7=1", "3000000000+1"})
    EXPECT_FALSE(set(o, "logit_bias", text)) << text;
  EXPECT_EQ(one_line(set(o, "logit_bias=the-1").error()),
            "logit_bias: 'the-1' is not a token's id, + or -, and a number");
}

TEST(Options, RefusalsNameTheValueAndTheNearestName) {
  Options o;
  EXPECT_EQ(one_line(set(o, "temprature=1").error()),
            "--set: unknown option 'temprature' (nearest known: temperature)");
  EXPECT_EQ(one_line(set(o, "ctx=1").error()), "--set: unknown option 'ctx' (nearest known: num_ctx)");
  EXPECT_EQ(one_line(set(o, "wizardry=1").error()),
            "--set: unknown option 'wizardry' (straddle help options lists them)");
  EXPECT_EQ(one_line(set(o, "top_p=2").error()), "top_p: '2' is not a number from 0 to 1");
  EXPECT_EQ(one_line(set(o, "top_k=x").error()),
            "top_k: 'x' is not a whole number from 0 to 2147483647");
  for (const char* value : {"1.5", "1e2", "100.0", "", " 1", "1 ", "+1", "0x10"})
    EXPECT_EQ(one_line(set(o, "num_ctx", value).error()),
              "num_ctx: '" + std::string(value) + "' is not a whole number from 0 to 2147483647");
  EXPECT_EQ(one_line(set(o, "seed=1000.9").error()),
            "seed: '1000.9' is not a whole number from -1 to 9000000000000000");
  EXPECT_EQ(one_line(set(o, "temperature=nan").error()),
            "temperature: 'nan' is not a number from 0 to 1000000");
  EXPECT_EQ(one_line(set(o, "kv_type=q8").error()), "kv_type: 'q8' is not one of: f16 f32");
  EXPECT_EQ(one_line(set(o, "temperature").error()), "--set: 'temperature' is not NAME=VALUE");
  EXPECT_EQ(set(o, "x=1").error().kind, ErrorKind::usage);
}

TEST(Options, TheTableKnowsWhichAreLists) {
  for (const char* name : {"stop", "dry_sequence_breaker", "logit_bias"})
    EXPECT_TRUE(is_list(*find(name)));
  for (const char* name : {"temperature", "num_ctx", "kv_type"}) EXPECT_FALSE(is_list(*find(name)));
  EXPECT_EQ(find("nonsense"), nullptr);
}

TEST(Options, TheStraddleNameWinsInTheEnvironment) {
  setenv("OLLAMA_CONTEXT_LENGTH", "1024", 1);
  setenv("STRADDLE_CONTEXT_LENGTH", "512", 1);
  setenv("OLLAMA_KV_CACHE_TYPE", "q9", 1);
  Options o;
  std::vector<std::string> warnings;
  set_from_environment(o, warnings);
  EXPECT_EQ(o.num_ctx, 512);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0], "OLLAMA_KV_CACHE_TYPE is ignored: kv_type: 'q9' is not one of: f16 f32");
  for (const char* name : {"OLLAMA_CONTEXT_LENGTH", "STRADDLE_CONTEXT_LENGTH", "OLLAMA_KV_CACHE_TYPE"})
    unsetenv(name);
}

TEST(Options, BlanksAndQuotesAroundAValueOfTheEnvironmentAreCut) {
  setenv("STRADDLE_CONTEXT_LENGTH", " \t", 1);  // nothing: Ollama's counts
  setenv("OLLAMA_CONTEXT_LENGTH", " \"512\" \n", 1);
  Options o;
  std::vector<std::string> warnings;
  set_from_environment(o, warnings);
  EXPECT_EQ(o.num_ctx, 512);
  EXPECT_TRUE(warnings.empty());
  for (const char* name : {"OLLAMA_CONTEXT_LENGTH", "STRADDLE_CONTEXT_LENGTH"}) unsetenv(name);
}

}  // namespace
}  // namespace straddle::options
