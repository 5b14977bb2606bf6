// What Tab offers in a chat.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/chat/slash.h"
#include "testing/golden.h"

namespace straddle::cli::slash {
namespace {

using Words = std::vector<std::string>;

// A home with sessions, and the models of the clone.
class Completions : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto sessions = std::filesystem::path(home_) / "straddle" / "sessions";
    std::filesystem::create_directories(sessions);
    for (const char* name : {"a tale.json", "a talk.json", "other.txt"}) std::ofstream(sessions / name);
    setenv("XDG_DATA_HOME", home_.c_str(), 1);
    setenv("STRADDLE_SHARE", straddle::testing::source("share").c_str(), 1);
    setenv("STRADDLE_MODELS", (home_ + "/none").c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"XDG_DATA_HOME", "STRADDLE_SHARE", "STRADDLE_MODELS"}) unsetenv(name);
    std::filesystem::remove_all(home_);
  }
  std::string home_ = ::testing::TempDir() + "completions";
};

TEST_F(Completions, KnowCommandsAndTheirWords) {
  EXPECT_EQ(completions("/se"), (Words{"/sessions", "/set"}));
  EXPECT_EQ(completions("/set no"),
            (Words{"/set noformat", "/set nohistory", "/set nothink", "/set nowordwrap"}));
  EXPECT_EQ(completions("/sessions "), (Words{"/sessions delete"}));
  EXPECT_EQ(completions("/show par"), (Words{"/show parameters"}));
}

TEST_F(Completions, KnowOptionsAndTheirChoices) {
  EXPECT_EQ(completions("/set parameter num_"),
            (Words{"/set parameter num_batch", "/set parameter num_ctx", "/set parameter num_gpu",
                   "/set parameter num_predict", "/set parameter num_thread"}));
  EXPECT_EQ(completions("/set parameter kv_type "),
            (Words{"/set parameter kv_type f16", "/set parameter kv_type f32"}));
  EXPECT_EQ(completions("/set parameter kv_type f3"), (Words{"/set parameter kv_type f32"}));
  EXPECT_EQ(completions("/set think m"), (Words{"/set think max", "/set think medium"}));
  EXPECT_EQ(completions("/set format "), (Words{"/set format json"}));
  EXPECT_EQ(completions("/? sh"), (Words{"/? shortcuts", "/? show"}));
}

TEST_F(Completions, KnowSessionsAndModels) {
  EXPECT_EQ(completions("/load "), (Words{"/load a tale", "/load a talk", "/load stories260K"}));
  EXPECT_EQ(completions("/load a ta"), (Words{"/load a tale", "/load a talk"}));
  EXPECT_EQ(completions("/save a tal"), (Words{"/save a tale", "/save a talk"}));
  EXPECT_EQ(completions("/sessions delete a talk"), (Words{"/sessions delete a talk"}));
}

TEST_F(Completions, LeaveBlanksAsTheyWereTyped) {
  EXPECT_EQ(completions(" /set  no").front(), " /set  noformat");
  EXPECT_EQ(completions("/set \t parameter  kv_type  f3"), (Words{"/set \t parameter  kv_type  f32"}));
  EXPECT_EQ(completions("/load   a tal"), (Words{"/load   a tale", "/load   a talk"}));
}

TEST_F(Completions, OfferNothingElse) {
  for (const char* text :
       {"", "/nonsense", "Hello /se", "/bye ", "/set system B", "/set parameter seed ",
        "/set parameter nonsense ", "/set format json ", "/load \xff", "/load a  ta"})
    EXPECT_EQ(completions(text), Words{}) << text;
}

TEST_F(Completions, BeginWithWhatWasTyped) {
  for (const Command& c : commands()) {
    for (size_t n = 1; n <= c.words.size(); ++n) {
      const auto typed = c.words.substr(0, n);
      EXPECT_FALSE(completions(typed).empty()) << typed;
      for (const std::string& word : completions(typed)) EXPECT_TRUE(word.starts_with(typed)) << word;
    }
  }
}

}  // namespace
}  // namespace straddle::cli::slash
