// What a file that is replaced hands on, and what is never replaced.
#include "base/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "testing/temporary_folder.h"

namespace straddle {
namespace {

namespace fs = std::filesystem;
using Access = AtomicFile::Access;
using ::testing::HasSubstr;

class Atomic : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ / name; }

  std::string put(const std::string& name, mode_t mode = 0644) const {
    std::ofstream(path(name)) << "old";
    ::chmod(path(name).c_str(), mode);
    return path(name);
  }
  static Status write(const std::string& path, Access access = Access::usual) {
    auto file = AtomicFile::create(path, access);
    if (!file) return fail(file);
    const uint8_t text[] = {'n', 'e', 'w'};
    if (auto ok = file->append(text); !ok) return ok;
    return file->commit();
  }
  static std::string text(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static mode_t mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(::stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }

  const testing::TemporaryFolder folder_;
};

TEST_F(Atomic, AReplacedFileHandsOnItsMode) {
  for (mode_t old : {0600u, 0640u, 0664u, 0755u}) {
    const std::string file = put("a", old);
    ASSERT_TRUE(write(file));
    EXPECT_EQ(text(file), "new");
    EXPECT_EQ(mode(file), old);
  }
}

TEST_F(Atomic, ANewFileHasTheUsualMode) {
  const mode_t mask = ::umask(0022);
  ASSERT_TRUE(write(path("a")));
  ::umask(mask);
  EXPECT_EQ(mode(path("a")), 0644u);
}

TEST_F(Atomic, PrivateFilesAreMadePrivate) {
  ASSERT_TRUE(write(path("new"), Access::owner_only));
  ASSERT_TRUE(write(put("old", 0644), Access::owner_only));
  EXPECT_EQ(mode(path("new")), 0600u);
  EXPECT_EQ(mode(path("old")), 0600u);
}

TEST_F(Atomic, AReplacedFileHandsOnItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  const std::string file = put("a", 0640);
  ASSERT_EQ(::chown(file.c_str(), 1234, 2345), 0);
  ASSERT_TRUE(write(file));
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 1234u);
  EXPECT_EQ(info.st_gid, 2345u);
  EXPECT_EQ(mode(file), 0640u);
}

TEST_F(Atomic, LinksStayAndWhatTheyPointToIsReplaced) {
  fs::create_directory(path("far"));
  put("far/target");
  fs::create_symlink("far/target", path("relative"));
  fs::create_symlink(path("relative"), path("chain"));
  ASSERT_TRUE(write(path("chain")));
  EXPECT_TRUE(fs::is_symlink(path("chain")));
  EXPECT_TRUE(fs::is_symlink(path("relative")));
  EXPECT_FALSE(fs::is_symlink(path("far/target")));
  EXPECT_EQ(text(path("far/target")), "new");
  EXPECT_EQ(names(), (std::vector<std::string>{"chain", "far", "relative"}));
}

TEST_F(Atomic, ALinkToNothingMakesItsTarget) {
  fs::create_directory(path("far"));
  fs::create_symlink("far/target", path("link"));
  ASSERT_TRUE(write(path("link")));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(text(path("far/target")), "new");
}

TEST_F(Atomic, WhatIsNoFileIsRefused) {
  fs::create_symlink("loop", path("loop"));
  fs::create_symlink("no/such/folder", path("lost"));
  fs::create_directory(path("folder"));
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const auto before = names();
  const auto refusal = [&](const std::string& name) {
    const Status done = write(name);
    return done ? "written" : one_line(done.error());
  };
  EXPECT_THAT(refusal(path("loop")), HasSubstr("loop: cannot write: its links lead nowhere"));
  EXPECT_THAT(refusal(path("lost")), HasSubstr("lost: cannot write: no such folder"));
  EXPECT_THAT(refusal(path("folder")), HasSubstr("folder: cannot write: it is a folder"));
  EXPECT_THAT(refusal(path("pipe")), HasSubstr("pipe: cannot write: not a regular file"));
  EXPECT_THAT(refusal("/dev/null"), HasSubstr("/dev/null: cannot write: not a regular file"));
  EXPECT_THAT(refusal("/dev/stdout"), HasSubstr("/dev/stdout: cannot write: not a regular file"));
  EXPECT_THAT(refusal(""), HasSubstr("cannot write: no such folder"));
  EXPECT_EQ(names(), before);
}

// Root may write everything: as root the test is somebody else for a while.
TEST_F(Atomic, AFileThatMayNotBeWrittenStays) {
  const std::string file = put("a", 0444);
  ::chmod(folder_.path().c_str(), 0777);
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const Status done = write(file);
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_FALSE(done);
  EXPECT_THAT(one_line(done.error()), HasSubstr("a: cannot write: Permission denied"));
  EXPECT_EQ(text(file), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(Atomic, AMappedSourceThatIsCutIsNotTheTargetsFault) {
  const int source = ::open(put("source").c_str(), O_RDWR);
  ASSERT_EQ(::ftruncate(source, 1 << 16), 0);
  void* bytes = ::mmap(nullptr, 1 << 16, PROT_READ, MAP_SHARED, source, 0);
  ASSERT_NE(bytes, MAP_FAILED);
  ASSERT_EQ(::ftruncate(source, 0), 0);
  auto file = AtomicFile::create(path("a"));
  const auto done = file.value().append({static_cast<const uint8_t*>(bytes), 1 << 16});
  ASSERT_FALSE(done);
  EXPECT_THAT(one_line(done.error()), HasSubstr("the file that it is made from changed or vanished"));
  ::munmap(bytes, 1 << 16);
  ::close(source);
}

TEST_F(Atomic, TheLongestNameCanBeWritten) {
  const std::string longest = path(std::string(255, 'x'));
  ASSERT_TRUE(write(longest));
  EXPECT_EQ(text(longest), "new");
}

}  // namespace
}  // namespace straddle
