// Names -> files, in folders of the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "store/store.h"
#include "testing/golden.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Models : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "straddle-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    fs::create_directories(root_ / "share/models");
    fs::create_directories(root_ / "mine");
    ::setenv("STRADDLE_SHARE", (root_ / "share").c_str(), 1);
    ::setenv("STRADDLE_MODELS", (root_ / "mine").c_str(), 1);
  }
  void TearDown() override {
    fs::remove_all(root_);
    ::unsetenv("STRADDLE_SHARE");
    ::unsetenv("STRADDLE_MODELS");
  }

  std::string put(const std::string& name) {
    const fs::path path = root_ / name;
    std::ofstream(path) << "GGUF";
    return path.string();
  }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const LocalModel& model : list_models()) out.push_back(model.name);
    return out;
  }

  fs::path root_;
};

TEST_F(Models, AreFoundByNameOrPath) {
  const std::string shared = put("share/models/small.gguf"), own = put("mine/large.gguf");
  EXPECT_EQ(find_model("small").value(), shared);
  EXPECT_EQ(find_model("large").value(), own);
  EXPECT_EQ(find_model(own).value(), own);
}

TEST_F(Models, TheUsersOwnHidesASharedOne) {
  put("share/models/small.gguf");
  const std::string own = put("mine/small.gguf");
  EXPECT_EQ(find_model("small").value(), own);
  EXPECT_EQ(list_models().size(), 1u);
}

TEST_F(Models, SplitSetsAreOneModel) {
  const std::string first = put("mine/big-00001-of-00002.gguf");
  put("mine/big-00002-of-00002.gguf");
  EXPECT_EQ(find_model("big").value(), first);
  EXPECT_EQ(names(), std::vector<std::string>{"big"});
}

TEST_F(Models, AreListedInOrderAndNothingElseIs) {
  put("mine/b.gguf");
  put("share/models/a.gguf");
  put("share/models/NOTICE.md");
  put("mine/.gguf");
  fs::create_directory(root_ / "mine/folder.gguf");
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(list_models()[0].bytes, 4u);
}

TEST_F(Models, MissingOnesSayWhatToDo) {
  const auto name = find_model("nothing");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().kind, ErrorKind::not_found);
  EXPECT_THAT(one_line(name.error()),
              HasSubstr("nothing: no model of this name (put nothing.gguf into "));
  for (const char* path : {"no/such.gguf", "such.gguf", "../mine/x", "", "mine/"}) {
    const auto missing = find_model(path);
    ASSERT_FALSE(missing) << path;
    EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  }
}

TEST_F(Models, FoldersComeFromTheEnvironment) {
  EXPECT_EQ(models_folder(), (root_ / "mine").string());
  ::unsetenv("STRADDLE_MODELS");
  const char* before = std::getenv("XDG_DATA_HOME");
  const std::string data = before ? before : "";
  ::setenv("XDG_DATA_HOME", root_.c_str(), 1);
  EXPECT_EQ(models_folder(), (root_ / "straddle/models").string());
  data.empty() ? ::unsetenv("XDG_DATA_HOME") : ::setenv("XDG_DATA_HOME", data.c_str(), 1);
  EXPECT_EQ(share_folder(), (root_ / "share").string());
}

TEST_F(Models, AFolderThatIsNotThereHoldsNoModels) {
  ::setenv("STRADDLE_MODELS", (root_ / "absent").c_str(), 1);
  EXPECT_TRUE(list_models().empty());
}

// In the build tree, share/ is that of the source.
TEST_F(Models, WithoutSettingsTheSourceIsUsed) {
  ::unsetenv("STRADDLE_SHARE");
  EXPECT_TRUE(fs::equivalent(share_folder(), testing::source("share")));
}

}  // namespace
}  // namespace straddle::store
