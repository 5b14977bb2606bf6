// What a probe promises of the profile that it gives; how fast anything is no test can know. Planes are
// tiny here: they are read from caches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/cpu_features.h"
#include "base/limits.h"
#include "base/threads.h"
#include "engine/engine.h"
#include "quant/quant.h"

namespace straddle {
namespace {

using engine::probe;
using engine::ProbeOptions;

const ProbeOptions kTiny{
    .isa = {}, .threads = 1, .turns = 1, .read_bytes = 4 << 20, .plane_bytes = 1 << 16};

TEST(Probe, GivesAProfileThatPassesItsOwnReader) {
  const auto measured = probe(kTiny);
  ASSERT_TRUE(measured) << one_line(measured.error());
  EXPECT_EQ(measured->profile.name, cpu_name());
  const auto read = plan::parse_profile(plan::profile_json(measured->profile), "probe");
  ASSERT_TRUE(read) << one_line(read.error());
  ASSERT_EQ(read->devices.size(), 1u);
  const plan::DeviceProfile& cpu = read->devices[0];
  EXPECT_EQ(cpu.name, "cpu");
  EXPECT_EQ(cpu.basis, plan::Basis::measured);
  EXPECT_EQ(cpu.bytes, std::min(read_limits().memory, read_limits().memory_limit));
  EXPECT_GT(cpu.tile_GMACs, 0);
  EXPECT_GT(cpu.kv_f16_GBps, 0);
  EXPECT_GE(cpu.op_us, 0);
}

TEST(Probe, KnowsEveryFormatThatCanBeComputedWith) {
  const auto measured = probe(kTiny);
  ASSERT_TRUE(measured) << one_line(measured.error());
  const plan::DeviceProfile& cpu = measured->profile.devices[0];
  std::set<std::string> expected{"4..8", "2..3"}, found;
  for (const auto& t : quant::all_formats())
    if (t.dequantize) expected.insert(std::string(t.name));
  for (const auto& rate : cpu.rates) {
    found.insert(rate.format);
    for (const double GBps : rate.GBps) {
      EXPECT_GT(GBps, 0) << rate.format;
      EXPECT_LE(GBps, cpu.read_GBps) << rate.format;
    }
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(cpu.rates.size(), expected.size()) << "a format twice";
}

TEST(Probe, SaysHowFarTurnsLayApart) {
  ProbeOptions options = kTiny;
  options.turns = 3;
  const auto measured = probe(options);
  ASSERT_TRUE(measured) << one_line(measured.error());
  EXPECT_GE(measured->reads.size(), 3 * plan::kRateRows.size());
  EXPECT_EQ(measured->rate_spreads.size() + 2, measured->profile.devices[0].rates.size())
      << "two families";
  for (const double spread : measured->rate_spreads) EXPECT_GT(spread, 0);
}

TEST(Probe, LeavesTheThreadOnTheCoresWhereItWas) {
  const auto before = allowed_cores();
  ASSERT_FALSE(before.empty());
  ProbeOptions options = kTiny;
  options.threads = unsigned(before.size());
  ASSERT_TRUE(probe(options));
  EXPECT_EQ(allowed_cores(), before);
}

TEST(Probe, ProgressRisesAndMayStopIt) {
  uint64_t last = 0;
  const auto look = [&](uint64_t done, uint64_t total) {
    EXPECT_GE(done, last);
    EXPECT_LE(done, total);
    last = done;
    return last < 60;
  };
  const auto stopped = probe(kTiny, look);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
  EXPECT_GE(last, 60u);
}

TEST(Probe, AnUnknownIsaIsRefusedBeforeAnythingIsMeasured) {
  ProbeOptions options = kTiny;
  options.isa = "mmx";
  const auto none = probe(options);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace straddle
