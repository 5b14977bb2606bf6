// Threads of a device bear its name, for whoever looks at a running straddle with ps or top.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "engine/engine.h"
#include "testing/golden.h"

namespace straddle {
namespace {

// But for those of the process, as a sanitizer's own thread.
std::multiset<std::string> names_of_threads() {
  std::multiset<std::string> out;
  std::string own;
  std::getline(std::ifstream("/proc/self/comm"), own);
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    if (name != own) out.insert(name);
  }
  return out;
}

std::multiset<std::string> names_with(std::vector<std::string> devices, std::vector<std::string> names) {
  const auto file = gguf::File::open(testing::source("share/models/stories260K.gguf"));
  EXPECT_TRUE(file);
  const auto before = names_of_threads();
  auto engine = engine::Engine::load(
      *file, {.devices = std::move(devices), .names = std::move(names), .threads = 4});
  EXPECT_TRUE(engine);
  const int32_t token = 1;
  EXPECT_TRUE(engine->feed(0, {&token, 1}, engine::Wanted::last));  // all threads have begun
  std::multiset<std::string> out = names_of_threads();
  for (const std::string& name : before) out.erase(out.find(name));
  return out;
}

// Home is driven by the caller, who keeps a name of his own.
TEST(ThreadNames, AreThoseOfTheirDevices) {
  if (!std::filesystem::exists("/proc/self/task")) GTEST_SKIP() << "no /proc/self/task";
  using Names = std::multiset<std::string>;
  EXPECT_EQ(names_with({"cpu"}, {}), (Names{"cpu-1", "cpu-2", "cpu-3"}));
  EXPECT_EQ(names_with({"cpu", "cpu"}, {"cpu", "cpu1"}), (Names{"cpu-1", "cpu1-0", "cpu1-1"}));
  EXPECT_EQ(names_with({"cpu", "reference"}, {}), (Names{"cpu-1", "cpu-2", "reference-0"}));
}

}  // namespace
}  // namespace straddle
