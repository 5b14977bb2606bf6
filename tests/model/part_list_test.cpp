// The parts of a model as data: whatever is planned and loaded by them is all there is, once.
#include "model/part_list.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "model/model.h"
#include "store/store.h"
#include "testing/golden.h"
#include "testing/temporary_folder.h"

namespace straddle::model {
namespace {

struct Model {
  gguf::File file;
  Blueprint blueprint;
  std::vector<Part> parts;
};

Model open(const std::string& path, bool header_only = false) {
  const auto file = gguf::File::open(path, header_only);
  EXPECT_TRUE(file) << one_line(file.error());
  const auto blueprint = describe(*file, {.header_only = header_only});
  EXPECT_TRUE(blueprint) << one_line(blueprint.error());
  return {*file, *blueprint, parts(*blueprint)};
}

uint64_t bytes_of(const gguf::Tensor& t, const TensorUse& use, uint32_t begin, uint32_t end) {
  const Piece p = piece(t, use, begin, end);
  const auto row = quant::row_bytes(t.format, p.columns);
  EXPECT_TRUE(row) << t.name << ": cut inside of a block";
  return row.value_or(0) * p.rows;
}

// The units of a cut share out each tensor: all of them together hold it once.
void check_cut(const gguf::File& file, const Cut& cut) {
  std::map<uint32_t, uint64_t> held;
  ASSERT_GE(cut.units, 1u);
  ASSERT_GE(cut.border, 1u);
  EXPECT_LE(cut.border, cut.units);
  for (const TensorUse& use : cut.tensors) {
    const gguf::Tensor& t = file.tensors()[use.tensor];
    if (use.axis == Axis::whole || use.axis == Axis::copies) {
      held[use.tensor] += t.bytes;
      continue;
    }
    EXPECT_LE(use.first + use.count, use.of) << t.name;
    EXPECT_EQ((use.count + use.per_unit - 1) / use.per_unit, cut.units) << t.name;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < cut.units; ++i) sum += bytes_of(t, use, i, i + 1);
    EXPECT_EQ(sum, bytes_of(t, use, 0, cut.units)) << t.name;
    held[use.tensor] += sum;
  }
  for (const auto& [tensor, bytes] : held) {
    EXPECT_EQ(bytes, file.tensors()[tensor].bytes) << file.tensors()[tensor].name;
  }
}

// Ranges of one tensor lie apart; what they leave out would show in the bytes.
void check_ranges(const gguf::File& file, const Cut& cut) {
  std::map<uint32_t, std::vector<const TensorUse*>> by_tensor;
  for (const TensorUse& use : cut.tensors) by_tensor[use.tensor].push_back(&use);
  for (const auto& [tensor, uses] : by_tensor) {
    for (size_t i = 1; i < uses.size(); ++i) {
      EXPECT_EQ(uses[i]->axis, uses[0]->axis) << file.tensors()[tensor].name;
      EXPECT_GE(uses[i]->first, uses[i - 1]->first + uses[i - 1]->count) << file.tensors()[tensor].name;
    }
  }
}

// Devices meet where a segment of the joined matrix ends.
void check_borders(const gguf::File& file, const Cut& cut) {
  if (cut.border == cut.units) return;
  for (const TensorUse& use : cut.tensors) {
    const gguf::Tensor& t = file.tensors()[use.tensor];
    if (use.axis != Axis::columns || t.n_dims < 2 || use.of != t.shape[0]) continue;
    const bool joined = t.name.find("down") != t.name.npos || t.name.find("out") != t.name.npos;
    if (!joined || t.name.find("bias") != t.name.npos) continue;
    EXPECT_EQ(cut.border * use.per_unit % quant::segment_columns(use.of), 0u) << t.name;
  }
}

std::set<uint32_t> tensors_of(const Cut& cut) {
  std::set<uint32_t> out;
  for (const TensorUse& use : cut.tensors) out.insert(use.tensor);
  return out;
}

void check(const Model& m) {
  std::vector<int> times(m.file.tensors().size());
  for (const Part& part : m.parts) {
    ASSERT_FALSE(part.cuts.empty());
    for (const Cut& cut : part.cuts) {
      check_cut(m.file, cut);
      check_ranges(m.file, cut);
      check_borders(m.file, cut);
      EXPECT_EQ(tensors_of(cut), tensors_of(part.cuts[0]));
    }
    for (uint32_t tensor : tensors_of(part.cuts[0])) ++times[tensor];
  }
  const Linear& output = m.blueprint.output;
  for (uint32_t i = 0; i < times.size(); ++i) {
    const bool tied = output.weight.tensor == i && m.blueprint.token_table.tensor == i;
    EXPECT_EQ(times[i], !m.blueprint.reads[i] ? 0 : tied ? 2 : 1) << m.file.tensors()[i].name;
  }
}

// Each cache has one writer, before its readers, and each state one part.
void check_memory(const Model& m) {
  std::vector<int> writers(m.blueprint.caches.size()), parts(m.blueprint.states.size());
  for (const Part& part : m.parts) {
    for (uint32_t state : part.states) ++parts[state];
    if (part.cache == ops::kNone) continue;
    writers[part.cache] += part.writes_cache;
    EXPECT_EQ(writers[part.cache], 1);
    const uint32_t each = part.cuts[0].kv_heads_per_unit,
                   heads = m.blueprint.caches[part.cache].kv_heads;
    EXPECT_EQ(each > 0 ? (heads + each - 1) / each : part.cuts[0].units, part.cuts[0].units);
  }
  for (int n : writers) EXPECT_EQ(n, 1);
  for (int n : parts) EXPECT_EQ(n, 1);
}

std::vector<std::string> golden_files() {
  return testing::golden_models({"models/small", "models/arch", "models/quant", "models/reference"});
}

TEST(PartList, HoldsAllThatEveryGoldenReads) {
  const auto files = golden_files();
  ASSERT_FALSE(files.empty());
  for (const std::string& path : files) {
    SCOPED_TRACE(path);
    const Model m = open(path);
    check(m);
    check_memory(m);
  }
}

TEST(PartList, HoldsAllOfEveryKnownShape) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "header.gguf";
  const auto shapes = store::known_shapes();
  ASSERT_TRUE(shapes);
  constexpr const char* kTypes[] = {"Q4_K_M", "Q2_K", "Q8_0", "F16"};
  for (size_t i = 0; i < shapes->size(); ++i) {
    SCOPED_TRACE((*shapes)[i].name);
    const auto recipe = store::recipe_by_name(kTypes[i % 4]);
    ASSERT_TRUE(recipe && store::synth((*shapes)[i].name, *recipe, path, {.header_only = true}));
    const Model m = open(path, true);
    check(m);
    check_memory(m);
  }
}

// What a planner will find: the units of the shapes that everybody runs.
TEST(PartList, UnitsEndWhereSegmentsDo) {
  const testing::TemporaryFolder folder;
  const std::string path = folder / "header.gguf";
  const auto cuts_of = [&](const char* shape, PartKind kind) {
    EXPECT_TRUE(
        store::synth(shape, store::recipe_by_name("Q4_K_M").value(), path, {.header_only = true}));
    const Model m = open(path, true);
    const auto found = std::find_if(m.parts.begin(), m.parts.end(),
                                    [&](const Part& part) { return part.kind == kind; });
    EXPECT_NE(found, m.parts.end());
    return found->cuts;
  };
  const auto is = [](const Cut& cut, uint32_t units, uint32_t border) {
    EXPECT_EQ(cut.units, units);
    EXPECT_EQ(cut.border, border);
  };
  // 28672 columns in blocks of 256; segments of 2048. 8 groups of 8 heads of 128: 1024 columns each.
  is(cuts_of("llama3.3:70b", PartKind::feed_forward)[0], 112, 8);
  is(cuts_of("llama3.3:70b", PartKind::attention)[0], 8, 1);
  is(cuts_of("llama3.3:70b", PartKind::output)[0], 501, 1);
  // Two of the four groups of 896 columns end on a block of 256, none but the last on a segment of 512.
  is(cuts_of("qwen2.5:7b", PartKind::attention)[0], 2, 2);
  // 8 experts of 14336 columns, segments of 1024; or whole experts.
  is(cuts_of("mixtral:8x7b", PartKind::experts)[0], 56, 4);
  is(cuts_of("mixtral:8x7b", PartKind::experts)[1], 8, 1);
  EXPECT_EQ(cuts_of("mixtral:8x7b", PartKind::experts)[0].tensors[1].read, 0.25);
  // Groups of 3 heads of 64 columns end on a block of 32.
  is(cuts_of("smollm2:135m", PartKind::attention)[0], 3, 3);
}

}  // namespace
}  // namespace straddle::model
