// forward over a placement: what the devices load together is what the part list says, whatever the
// units of each.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "model/model.h"
#include "testing/golden.h"

namespace straddle::model {
namespace {

using Elements = std::map<uint32_t, uint64_t>;  // by tensor

struct Model {
  gguf::File file;
  Blueprint blueprint;
  std::vector<Part> parts;
};

Model open(const std::string& path) {
  const auto file = gguf::File::open(path);
  EXPECT_TRUE(file) << one_line(file.error());
  const auto blueprint = describe(*file, {});
  EXPECT_TRUE(blueprint) << one_line(blueprint.error());
  return {*file, *blueprint, parts(*blueprint)};
}

std::vector<DeviceProgram> programs_of(const Model& m, const Placement& placement, uint32_t devices) {
  return forward(m.blueprint, placement, devices, {.max_rows = 4, .max_wanted = 1});
}

Elements loaded(const DeviceProgram& device) {
  Elements out;
  for (const TensorRef& t : device.weights) out[t.tensor] += uint64_t(t.columns) * t.rows * t.matrices;
  return out;
}

// Units begin .. end of each part on device `device`.
struct Range {
  uint32_t begin = 0, end = 0;
};
Range range_of(const PartPlace& place, uint32_t device) {
  Range out;
  for (uint32_t d = 1; d < place.units.size() && (device == 0 || d < device); ++d)
    out.begin += place.units[d];
  return {out.begin, out.begin + place.units[device]};
}

// By the part list alone, of tensors that are loaded at all. A cache's readers are whole with it.
Elements expected(const Model& m, const Placement& placement, uint32_t device, const Elements& known) {
  Elements out;
  for (size_t p = 0; p < m.parts.size(); ++p) {
    const PartPlace& place = placement[p];
    const Cut& cut = m.parts[p].cuts[place.cut];
    const Range range = range_of(place, device);
    const bool all = range.end - range.begin == cut.units, some = range.end > range.begin;
    const bool cut_up =
        std::count(place.units.begin(), place.units.end(), 0u) + 1 != std::ptrdiff_t(place.units.size());
    for (const TensorUse& use : cut.tensors) {
      if (!known.contains(use.tensor)) continue;
      const gguf::Tensor& t = m.file.tensors()[use.tensor];
      const bool here = use.axis == Axis::whole ? all || (cut_up && device == 0) : some;
      if (!here) continue;
      const Piece got = piece(t, use, range.begin, range.end);
      out[use.tensor] += got.rows * got.columns;
    }
  }
  return out;
}

// Parts of one cache stay together or are cut alike: here by the numbers of the first.
Placement random_placement(const Model& m, uint32_t devices, uint32_t seed) {
  std::mt19937 random(seed);
  std::map<uint32_t, PartPlace> of_cache;
  Placement out;
  for (const Part& part : m.parts) {
    PartPlace place{uint32_t(random() % part.cuts.size()), std::vector<uint32_t>(devices)};
    uint32_t left = part.cuts[place.cut].units;
    const bool whole = random() % 4 == 0;
    for (uint32_t d = 1; d < devices; ++d) {
      place.units[d] = whole ? (random() % 2 ? left : 0) : uint32_t(random() % (left + 1));
      left -= place.units[d];
    }
    place.units[0] = left;
    if (part.cache != ops::kNone) place = of_cache.try_emplace(part.cache, place).first->second;
    out.push_back(std::move(place));
  }
  return out;
}

std::vector<std::string> golden_files() {
  return testing::golden_models({"models/small", "models/arch"});
}

TEST(Forward, LoadsWhatThePartListGivesEachDevice) {
  const auto files = golden_files();
  ASSERT_FALSE(files.empty());
  for (const std::string& path : files) {
    SCOPED_TRACE(path);
    const Model m = open(path);
    const uint32_t table = m.blueprint.token_table.tensor, output = m.blueprint.output.weight.tensor;
    const Elements known = loaded(programs_of(m, {}, 1)[0]);
    for (uint32_t seed = 0; seed < 20; ++seed) {
      const uint32_t devices = 2 + seed % 2;
      const Placement placement = random_placement(m, devices, seed);
      const auto programs = programs_of(m, placement, devices);
      ASSERT_EQ(programs.size(), devices);
      for (uint32_t d = 0; d < devices; ++d) {
        Elements want = expected(m, placement, d, known), got = loaded(programs[d]);
        if (table == output) want.erase(table), got.erase(table);  // one weight may serve both
        EXPECT_EQ(got, want) << "device " << d << ", seed " << seed;
      }
    }
  }
}

// Stages are those of the part list, in its order, on each device that computes something of them.
TEST(Forward, TellsToWhichPartOpsBelong) {
  for (const std::string& path : golden_files()) {
    SCOPED_TRACE(path);
    const Model m = open(path);
    using Stage = std::pair<PartKind, uint32_t>;
    std::vector<Stage> want;
    for (const Part& part : m.parts) want.push_back({part.kind, part.layer});
    const auto programs = programs_of(m, random_placement(m, 2, 1), 2);
    for (const DeviceProgram& p : programs_of(m, {}, 1)) {
      std::vector<Stage> got;
      for (const StageOps& stage : p.stages) got.push_back({stage.kind, stage.layer});
      EXPECT_EQ(got, want);
    }
    for (const DeviceProgram& p : programs) {
      auto left = want.begin();
      uint32_t op = 0;
      for (const StageOps& stage : p.stages) {
        EXPECT_GE(stage.first_op, op);
        EXPECT_LT(stage.first_op, p.program.ops.size());
        left = std::find(left, want.end(), Stage{stage.kind, stage.layer});
        ASSERT_NE(left++, want.end());
        op = stage.first_op + 1;
      }
    }
  }
}

// Slots of a ring never fill up on both sides: what one sends another receives, in the same order.
TEST(Forward, EverySendIsReceived) {
  for (const std::string& path : golden_files()) {
    SCOPED_TRACE(path);
    const Model m = open(path);
    for (uint32_t seed = 0; seed < 5; ++seed) {
      const auto programs = programs_of(m, random_placement(m, 3, seed), 3);
      std::map<uint32_t, std::vector<uint32_t>> sent, received;  // widths, by ring
      for (const DeviceProgram& p : programs) {
        for (const ops::Op& op : p.program.ops) {
          if (const auto* s = std::get_if<ops::Send>(&op)) sent[s->ring].push_back(s->value.width);
          if (const auto* r = std::get_if<ops::Receive>(&op))
            received[r->ring].push_back(r->value.width);
        }
      }
      EXPECT_EQ(sent, received) << "seed " << seed;
      EXPECT_GT(programs[0].program.result.width, 0u);
    }
  }
}

}  // namespace
}  // namespace straddle::model
