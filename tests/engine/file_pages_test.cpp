// What the device has taken into a layout of its own leaves the file's mapping: never two copies.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "device/device.h"
#include "engine/engine.h"
#include "testing/golden.h"

namespace straddle {
namespace {

// Bytes of a mapped file that are in this process's memory.
uint64_t resident(const std::string& path) {
  std::ifstream smaps("/proc/self/smaps");
  const std::string real = std::filesystem::canonical(path);
  uint64_t kib = 0;
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    const bool header = line.find('-') < line.find(' ');
    if (header) inside = line.ends_with(real);
    if (inside && line.starts_with("Rss:")) kib += std::stoull(line.substr(4));
  }
  return kib * 1024;
}

TEST(FilePages, LeaveMemoryAsTheDeviceTakesThem) {
  if (device::cpu_isas().size() == 1)
    GTEST_SKIP() << "generic code reads weights as they lie in the file";
  STRADDLE_GOLDEN_OR_SKIP(path, "models/quant/Q4_K.gguf");
  const auto file = gguf::File::open(path).value();
  uint64_t sum = 0, bytes = 0;
  for (const auto& tensor : file.tensors()) {
    const auto data = file.data(tensor);
    sum = std::accumulate(data.begin(), data.end(), sum);
    bytes += data.size();
  }
  EXPECT_GT(sum, 0u);
  ASSERT_GT(resident(path), bytes * 9 / 10);
  const auto engine = engine::Engine::load(file, {.threads = 1, .context = 64, .max_rows = 4});
  ASSERT_TRUE(engine);
  EXPECT_LT(resident(path), bytes / 4);
}

// The wheel that turns while a model loads sees every byte that is taken, once; false stops the load.
TEST(FilePages, AreCountedAndTheLoadCanBeStopped) {
  if (device::cpu_isas().size() == 1) GTEST_SKIP() << "generic code takes nothing";
  STRADDLE_GOLDEN_OR_SKIP(path, "models/quant/Q4_K.gguf");
  const auto file = gguf::File::open(path).value();
  uint64_t last = 0, calls = 0, all = 0;
  const auto count = [&](uint64_t done, uint64_t total) {
    EXPECT_GT(done, last);
    EXPECT_LE(done, total);
    last = done;
    all = total;
    ++calls;
    return true;
  };
  ASSERT_TRUE(engine::Engine::load(file, {.threads = 1, .context = 64, .max_rows = 4}, count));
  EXPECT_GT(calls, 10u);
  EXPECT_GT(last, all * 9 / 10);
  const auto stopped = engine::Engine::load(file, {.threads = 1, .context = 64},
                                            [&](uint64_t, uint64_t) { return --calls > 5; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
}

}  // namespace
}  // namespace straddle
