#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "terminal/terminal.h"

namespace straddle::terminal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HistoryFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "history-" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/history";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }
  std::string written() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string folder_, path_;
};

TEST_F(HistoryFile, PlainLinesTheNewestLast) {
  auto history = History::open(path_);
  ASSERT_TRUE(history);
  for (const char* line : {"one", "two \\n stays", "two \\n stays", "", "  ", "one\nof two"})
    EXPECT_TRUE(history->add(line));
  EXPECT_EQ(written(), "one\ntwo \\n stays\none\u2028of two\n");
  const auto again = History::open(path_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->entries(), history->entries());
  struct stat info;
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(HistoryFile, Limit) {
  write("a\nb\n\nc\nd");
  auto history = History::open(path_, 3);
  ASSERT_TRUE(history);
  EXPECT_THAT(history->entries(), ElementsAre("b", "c", "d"));
  EXPECT_TRUE(history->add("e"));
  EXPECT_THAT(history->entries(), ElementsAre("b", "c", "d", "e"));
  EXPECT_EQ(written(), "c\nd\ne\n");
}

TEST_F(HistoryFile, HostileLinesAreMadeSafe) {
  write("\x1b[2Jx\xff\r\n");
  const auto history = History::open(path_);
  ASSERT_TRUE(history);
  EXPECT_THAT(history->entries(), ElementsAre("[2Jx\ufffd"));
}

TEST_F(HistoryFile, TwoProgramsKeepEachOthersLines) {
  auto a = History::open(path_), b = History::open(path_);
  EXPECT_TRUE(a->add("from a"));
  EXPECT_TRUE(b->add("from b"));
  EXPECT_EQ(written(), "from a\nfrom b\n");
  EXPECT_THAT(b->entries(), ElementsAre("from b"));
}

TEST_F(HistoryFile, OffOrGiantIsNotWritten) {
  auto history = History::open(path_);
  const std::string giant(size_t{300} << 10, 'x');
  EXPECT_TRUE(history->add(giant));
  history->enabled = false;
  EXPECT_TRUE(history->add("hidden"));
  EXPECT_THAT(history->entries(), ElementsAre(giant, "hidden"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(HistoryFile, ThisSessionLosesNothing) {
  write("old\n");
  auto history = History::open(path_, 2);
  for (const char* message : {"a", "b", "c"}) EXPECT_TRUE(history->add(message));
  EXPECT_THAT(history->entries(), ElementsAre("old", "a", "b", "c"));
  EXPECT_EQ(written(), "b\nc\n");
}

TEST_F(HistoryFile, WhatCannotBeWrittenIsSaidOnce) {
  auto history = History::open(folder_ + "/history/below/a/file");
  ASSERT_TRUE(history);
  write("a file where a folder should be");
  EXPECT_FALSE(history->add("one"));
  EXPECT_TRUE(history->add("two"));
  EXPECT_THAT(history->entries(), ElementsAre("one", "two"));
}

TEST_F(HistoryFile, AFolderIsNoHistory) {
  const auto history = History::open(folder_);
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().kind, ErrorKind::io);
}

TEST(History, WithoutAFile) {
  auto history = History::open("");
  ASSERT_TRUE(history);
  EXPECT_THAT(history->entries(), IsEmpty());
  EXPECT_TRUE(history->add("one"));
  EXPECT_THAT(history->entries(), ElementsAre("one"));
}

}  // namespace
}  // namespace straddle::terminal
