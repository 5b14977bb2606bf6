#include "base/limits.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace straddle {
namespace {

namespace fs = std::filesystem;
constexpr double kAll = std::numeric_limits<double>::infinity();
constexpr uint64_t kMiB = 1 << 20;

// A machine out of text files: 64 GiB are free.
class Machine {
 public:
  Machine() : root_(fs::temp_directory_path() / ("limits-" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    write("proc/meminfo", "MemTotal: 99999999 kB\nMemAvailable:   67108864 kB\n");
  }
  ~Machine() { fs::remove_all(root_); }

  Machine& write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
    return *this;
  }
  // Of version 2, in the usual place.
  Machine& group(const std::string& path) {
    write("proc/self/mountinfo", "30 1 0:27 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n");
    return write("proc/self/cgroup", "0::" + path + "\n");
  }
  MachineLimits limits() const { return read_limits(root_.string()); }
  uint64_t free_mib() const { return limits().free_memory / kMiB; }

 private:
  fs::path root_;
};

TEST(Limits, WithoutGroupsTheMachineIsTheLimit) {
  EXPECT_EQ(Machine().free_mib(), 65536u);
  EXPECT_EQ(Machine().limits().memory, uint64_t(99999999) << 10);
  EXPECT_EQ(Machine().limits().memory_limit, ~uint64_t(0));
  EXPECT_EQ(Machine().limits().cores, kAll);
  EXPECT_EQ(read_limits("/nowhere").free_memory, ~uint64_t(0));
}

TEST(Limits, TheTightestOfAGroupAndAllAboveItHolds) {
  Machine m;
  m.group("/user.slice/run.scope").write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  m.write("sys/fs/cgroup/user.slice/run.scope/memory.max", "314572800\n");
  m.write("sys/fs/cgroup/user.slice/run.scope/cpu.max", "250000 100000\n");
  EXPECT_EQ(m.free_mib(), 300u);
  EXPECT_EQ(m.limits().memory, uint64_t(99999999) << 10);
  EXPECT_EQ(m.limits().memory_limit, 300 * kMiB);
  EXPECT_EQ(m.limits().cores, 2.5);
  m.write("sys/fs/cgroup/user.slice/memory.max", "209715200\n");
  m.write("sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n");
  EXPECT_EQ(m.free_mib(), 200u);
  EXPECT_EQ(m.limits().cores, 1.5);
  m.write("sys/fs/cgroup/memory.max", "104857600\n");
  EXPECT_EQ(m.free_mib(), 100u);
  m.write("sys/fs/cgroup/other.slice/memory.max", "1048576\n");  // not ours
  m.write("sys/fs/cgroup/user.slice/run.scope/inner/memory.max", "1048576\n");
  EXPECT_EQ(m.free_mib(), 100u);
}

TEST(Limits, WhatIsUsedCountsLessThePagesOfFilesThatCanBeGivenUp) {
  Machine m;
  m.group("/").write("sys/fs/cgroup/memory.max", "104857600\n");
  m.write("sys/fs/cgroup/memory.current", "94371840\n");
  EXPECT_EQ(m.free_mib(), 10u);
  m.write("sys/fs/cgroup/memory.stat", "anon 5\ninactive_file 20971520\nactive_file 10485760\n");
  EXPECT_EQ(m.free_mib(), 40u);
  m.write("sys/fs/cgroup/memory.current", "999999999999\n");
  EXPECT_EQ(m.free_mib(), 0u);
  m.write("sys/fs/cgroup/memory.current", "0\n");
  EXPECT_EQ(m.free_mib(), 100u);
}

TEST(Limits, MemoryHighIsALimitToo) {
  Machine m;
  m.group("/a").write("sys/fs/cgroup/a/memory.max", "max\n");
  m.write("sys/fs/cgroup/a/memory.high", "52428800\n");
  EXPECT_EQ(m.free_mib(), 50u);
}

TEST(Limits, VersionOneHasATreePerController) {
  Machine m;
  m.write("proc/self/mountinfo",
          "31 1 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n"
          "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
          "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
          "36 31 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  m.write("proc/self/cgroup", "5:cpu,cpuacct:/jobs/one\n4:memory:/jobs/two\n1:name=systemd:/\n0::/x\n");
  m.write("sys/fs/cgroup/memory/jobs/two/memory.limit_in_bytes", "9223372036854771712\n");
  m.write("sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_quota_us", "-1\n");
  m.write("sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_period_us", "100000\n");
  m.write("sys/fs/cgroup/unified/x/memory.max", "1048576\n");  // memory is not in this tree
  EXPECT_EQ(m.free_mib(), 65536u);
  EXPECT_EQ(m.limits().cores, kAll);
  m.write("sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", "104857600\n");
  m.write("sys/fs/cgroup/memory/jobs/memory.usage_in_bytes", "52428800\n");
  m.write("sys/fs/cgroup/memory/jobs/memory.stat",
          "inactive_file 1\ntotal_inactive_file 20971520\ntotal_active_file 0\n");
  m.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
  m.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(m.free_mib(), 70u);
  EXPECT_EQ(m.limits().cores, 0.5);
}

// Groups above that are not seen stand in the statistics of the one that is.
TEST(Limits, Version1TellsTheLeastLimitAboveIt) {
  Machine m;
  m.write("proc/self/cgroup", "4:memory:/\n");
  m.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  m.write("sys/fs/cgroup/memory/memory.stat", "cache 0\nhierarchical_memory_limit 8388608\n");
  EXPECT_EQ(m.free_mib(), 8u);
}

// What no mount tells of lies where it lies by custom.
TEST(Limits, WithoutMountsTheCustomaryFoldersAreRead) {
  Machine m;
  m.write("proc/self/cgroup", "4:memory:/\n0::/\n");
  m.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "8388608\n");
  m.write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(m.free_mib(), 8u);
  EXPECT_EQ(m.limits().cores, 1.0);
}

// In a container the folder shows the group that the container was given.
TEST(Limits, OnlyThePartOfTheTreeThatIsSeenIsRead) {
  Machine m;
  m.write("proc/self/mountinfo", "35 31 0:32 /docker/abc /my\\040tree rw - cgroup2 cgroup rw\n");
  m.write("proc/self/cgroup", "0::/docker/abc/app\n");
  m.write("my tree/app/memory.max", "2097152\n").write("my tree/memory.max", "4194304\n");
  EXPECT_EQ(m.free_mib(), 2u);
  for (const char* elsewhere : {"/docker/abcd/app", "/../../app", "/", ""}) {
    m.write("proc/self/cgroup", std::string("0::") + elsewhere + "\n");
    EXPECT_EQ(m.free_mib(), 4u) << elsewhere;
  }
  m.write("outside/memory.max", "1048576\n");
  m.write("proc/self/cgroup", "0::/docker/abc/../../outside\n");
  EXPECT_EQ(m.free_mib(), 4u);
  m.write("proc/self/mountinfo", "35 31 0:32 / /my\\040tree/../outside rw - cgroup2 cgroup rw\n");
  EXPECT_EQ(m.free_mib(), 65536u);
}

TEST(Limits, WhatIsNoNumberLimitsNothing) {
  Machine m;
  m.group("/");
  for (const char* text :
       {"max\n", "", "\n", "-1\n", "99999999999999999999\n", "12x\n", "0x10\n", " "}) {
    m.write("sys/fs/cgroup/memory.max", text);
    EXPECT_EQ(m.free_mib(), 65536u) << text;
  }
  for (const char* text : {"max 100000\n", "", "100000\n", "100000 0\n", "0 100000\n", "-5 100000\n"}) {
    m.write("sys/fs/cgroup/cpu.max", text);
    EXPECT_EQ(m.limits().cores, kAll) << text;
  }
  m.write("proc/self/mountinfo", "\n - \n1 2 3\n - cgroup2\n4 5 6 7 8 9 - \n");
  m.write("proc/self/cgroup", "\n:\n::\nmemory\n4:memory\n");
  EXPECT_EQ(m.free_mib(), 65536u);
}

}  // namespace
}  // namespace straddle
