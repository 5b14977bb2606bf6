// Names -> files, in folders of the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "store/store.h"
#include "testing/golden.h"
#include "testing/temporary_folder.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Models : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_ / "share/models");
    fs::create_directories(root_ / "mine");
    ::setenv("STRADDLE_SHARE", (root_ / "share").c_str(), 1);
    ::setenv("STRADDLE_MODELS", (root_ / "mine").c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("STRADDLE_SHARE");
    ::unsetenv("STRADDLE_MODELS");
  }

  std::string put(const std::string& name) {
    const fs::path path = root_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "GGUF";
    return path.string();
  }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const LocalModel& model : list_models()) out.push_back(model.name);
    return out;
  }

  const testing::TemporaryFolder folder_;
  const fs::path root_ = folder_.path();
};

TEST_F(Models, AreFoundByNameOrPath) {
  const std::string shared = put("share/models/small.gguf"), own = put("mine/large.gguf");
  EXPECT_EQ(find_model("small").value().path, shared);
  EXPECT_EQ(find_model("large").value().path, own);
  EXPECT_EQ(find_model(own).value().path, own);
}

TEST_F(Models, TheUsersOwnHidesASharedOne) {
  put("share/models/small.gguf");
  const std::string own = put("mine/small.gguf");
  EXPECT_EQ(find_model("small").value().path, own);
  EXPECT_EQ(list_models().size(), 1u);
}

TEST_F(Models, SplitSetsAreOneModel) {
  const std::string first = put("mine/big-00001-of-00002.gguf");
  put("mine/big-00002-of-00002.gguf");
  EXPECT_EQ(find_model("big").value().path, first);
  EXPECT_EQ(names(), std::vector<std::string>{"big"});
  EXPECT_EQ(list_models()[0].bytes, 8u);  // of both
  EXPECT_EQ(list_models()[0].parts, 2u);
  EXPECT_TRUE(list_models()[0].missing.empty());
}

TEST_F(Models, PartsOfASetThatAreNotThereAreKnown) {
  const std::string second = put("mine/big-00002-of-00004.gguf");
  put("mine/big-00004-of-00004.gguf");
  const auto models = list_models();
  ASSERT_EQ(models.size(), 1u);
  EXPECT_EQ(models[0].name, "big");
  EXPECT_EQ(models[0].path, second);
  EXPECT_EQ(models[0].bytes, 8u);
  EXPECT_EQ(models[0].missing, (std::vector<uint32_t>{1, 3}));
}

TEST_F(Models, AHostileCountOfPartsIsSoonRead) {
  for (int i = 0; i < 200; ++i) put("mine/" + std::to_string(i) + "-00001-of-99999.gguf");
  const auto models = list_models();
  EXPECT_EQ(models.size(), 200u);
  EXPECT_EQ(models[0].missing.size(), LocalModel::kMostMissing);
}

TEST_F(Models, LieInFoldersToo) {
  const std::string deep = put("mine/publisher/model-GGUF/model-Q4_K_M.gguf");
  put("mine/publisher/other/big-00001-of-00002.gguf");
  put("mine/.get_model.x/half.gguf");
  put("mine/1/2/3/4/5/too-deep.gguf");
  EXPECT_EQ(names(),
            (std::vector<std::string>{"publisher/model-GGUF/model-Q4_K_M", "publisher/other/big"}));
  for (const char* name : {"publisher/model-GGUF/model-Q4_K_M", "model-Q4_K_M", "MODEL-q4_k_m"})
    EXPECT_EQ(find_model(name).value().path, deep) << name;
}

TEST_F(Models, LinksToFoldersAreFollowedOnce) {
  const std::string file = put("elsewhere/a.gguf");
  fs::create_directory_symlink(root_ / "elsewhere", root_ / "mine/link");
  fs::create_directory_symlink(root_ / "mine", root_ / "elsewhere/loop");
  fs::create_directory_symlink(root_ / "mine", root_ / "mine/self");
  EXPECT_EQ(names(), std::vector<std::string>{"link/a"});
  EXPECT_TRUE(fs::equivalent(find_model("link/a").value().path, file));
}

TEST_F(Models, AreFoundInAnyCaseWhereOnlyOneIsMeant) {
  const std::string small = put("mine/smollm2.gguf");
  EXPECT_EQ(find_model("SmolLM2").value().path, small);
  const std::string other = put("mine/SMOLLM2.gguf");
  EXPECT_EQ(find_model("smollm2").value().path, small);
  EXPECT_EQ(find_model("SMOLLM2").value().path, other);
  EXPECT_THAT(one_line(find_model("SmolLM2").error()), HasSubstr("2 models have this name "));
}

TEST_F(Models, MisspeltOnesNameTheNearest) {
  put("mine/smollm2.gguf");
  put("mine/gemma3-270m.gguf");
  const std::string beside = put("files/tales.gguf");
  const auto said = [](const std::string& name) { return one_line(find_model(name).error()); };
  EXPECT_EQ(said("smolm2"), "smolm2: no model of this name (did you mean smollm2?)");
  EXPECT_EQ(said("smollm2.gguf"), "smollm2.gguf: no such file (did you mean smollm2?)");
  EXPECT_EQ(said("models/smollm2"), "models/smollm2: no such file (did you mean smollm2?)");
  EXPECT_EQ(said("gemma3"), "gemma3: no model of this name (did you mean gemma3-270m?)");
  const std::string wrong = (root_ / "files/tale.gguf").string();
  EXPECT_EQ(said(wrong), wrong + ": no such file (did you mean " + beside + "?)");
  EXPECT_THAT(said("qwen"), HasSubstr("put qwen.gguf into "));
}

TEST_F(Models, WhatIsNoFileIsNamed) {
  const auto said = [](const std::string& name) { return one_line(find_model(name).error()); };
  const std::string at = root_.string();
  EXPECT_EQ(said(at), at + ": it is a folder, not a model (give the path of a .gguf file)");
  ASSERT_EQ(::mkfifo((at + "/pipe.gguf").c_str(), 0600), 0);
  EXPECT_EQ(said(at + "/pipe.gguf"), at + "/pipe.gguf: not a regular file");
  fs::create_symlink("nowhere", at + "/link.gguf");
  EXPECT_EQ(said(at + "/link.gguf"), at + "/link.gguf: a link to a file that is not there");
  fs::create_symlink("loop.gguf", at + "/loop.gguf");
  EXPECT_THAT(said(at + "/loop.gguf"), HasSubstr("loop.gguf: Too many levels of symbolic links"));
}

TEST_F(Models, AFolderThatCannotBeReadIsAProblemThatIsTold) {
  put("mine-is-a-file");
  ::setenv("STRADDLE_MODELS", (root_ / "mine-is-a-file").c_str(), 1);
  std::vector<std::string> problems;
  EXPECT_TRUE(list_models(&problems).empty());
  EXPECT_THAT(problems, ::testing::ElementsAre(HasSubstr("mine-is-a-file: cannot be read: ")));
  EXPECT_THAT(one_line(find_model("qwen").error()), HasSubstr("mine-is-a-file: cannot be read: "));
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
