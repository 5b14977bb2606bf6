// Models of random weights, as wide as it takes to have borders of segments in every part, in every
// format that can be made: over two devices they give the bytes of one, wherever each part is cut at a
// border and in whatever order the devices come.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "engine/engine.h"
#include "engine/golden_models.h"
#include "engine/placements.h"
#include "engine/wrapped_device.h"
#include "store/store.h"
#include "testing/golden.h"
#include "testing/sanitized.h"
#include "testing/temporary_folder.h"

namespace straddle {
namespace {

using testing::GoldenModel;
using testing::Where;

bool is_long() { return std::getenv("STRADDLE_LONG") != nullptr; }

// A folder of shapes in place of the repository's, while it lives.
class OwnShapes {
 public:
  OwnShapes() : folder_(), before_(value_of("STRADDLE_SHARE")) {
    const char* const rows =
        "name\tarchitecture\tlayers\tembedding\theads\tkv_heads\tkey_length\tvalue_length\tffn\t"
        "experts\texperts_used\texpert_ffn\tshared_expert_ffn\tvocab\trope_base\tcontext\ttied\t"
        "norm_eps\tparts\tkeys\n"
        "dense\tllama\t2\t1024\t8\t4\t128\t128\t2048\t0\t0\t0\t0\t1024\t10000\t512\tn\t1e-05\t"
        "attn ffn_norm ffn\t-\n"
        "experts\tllama\t2\t1024\t8\t4\t128\t128\t2048\t4\t2\t2048\t0\t1024\t10000\t512\tn\t1e-05\t"
        "attn ffn_norm moe\t-\n";
    std::ofstream(folder_ / "shapes.tsv") << rows;
    ::setenv("STRADDLE_SHARE", folder_.path().c_str(), 1);
  }
  ~OwnShapes() {
    if (before_.empty())
      ::unsetenv("STRADDLE_SHARE");
    else
      ::setenv("STRADDLE_SHARE", before_.c_str(), 1);
  }

 private:
  static std::string value_of(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
  }
  testing::TemporaryFolder folder_;
  std::string before_;
};

GoldenModel made(const testing::TemporaryFolder& folder, const char* shape,
                 const store::Recipe& recipe) {
  const OwnShapes shapes;
  const std::string path = folder / "model.gguf";
  const auto report = store::synth(shape, recipe, path, {.threads = 2});
  EXPECT_TRUE(report) << one_line(report.error());
  return {.name = shape + (" " + std::string(recipe.name)),
          .file = path,
          .tokens = {1, 700, 3, 256, 17},
          .runs = {{.context = 64, .ref_file = {}, .llama_file = {}}}};
}

struct Named {
  std::string name;
  model::Placement placement;
};

// All parts at home but one, `units` of which the second device has.
Named one_cut(const std::vector<model::Part>& parts, size_t which, uint32_t how, uint32_t units) {
  Named out{
      "part " + std::to_string(which) + ", cut " + std::to_string(how) + " at " + std::to_string(units),
      {}};
  for (const model::Part& part : parts) out.placement.push_back({0, {part.cuts[0].units, 0}});
  out.placement[which] = {how, {parts[which].cuts[how].units - units, units}};
  return out;
}

// Of the two layers, which are alike, the last one, where nobody has time for both.
std::vector<Named> every_border(const model::Blueprint& blueprint) {
  const std::vector<model::Part> parts = model::parts(blueprint);
  std::vector<Named> out;
  for (size_t p = 0; p < parts.size(); ++p) {
    if (parts[p].layer == 0 && !is_long()) continue;
    for (uint32_t how = 0; how < parts[p].cuts.size(); ++how) {
      const model::Cut& cut = parts[p].cuts[how];
      for (uint32_t units = cut.border; units < cut.units; units += cut.border)
        out.push_back(one_cut(parts, p, how, units));
    }
  }
  return out;
}

// Devices that come at another time at each place.
decltype(engine::LoadOptions::wrap) slowed(uint32_t seed) {
  return [seed](uint32_t index, ops::OwnDevice inner) -> ops::OwnDevice {
    return std::make_unique<testing::SlowDevice>(std::move(inner), 2 * seed + index);
  };
}

void expect_bytes_of_one(const GoldenModel& model, const std::string& device,
                         const std::vector<Named>& placements) {
  constexpr size_t kChunk = 4;  // a prompt, then a token
  const auto want = testing::logits(model, model.runs[0], {.device = device, .threads = 1}, kChunk);
  uint32_t seed = 0;
  for (const auto& [name, placement] : placements) {
    SCOPED_TRACE(model.name + " on " + device + ": " + name);
    const Where both{.device = device,
                     .threads = 2,
                     .second = device,
                     .placement = placement,
                     .wrap = slowed(++seed)};
    EXPECT_TRUE(testing::same_bytes(testing::logits(model, model.runs[0], both, kChunk), want));
  }
}

// The reference, which takes long, as well where it is asked for: it knows nothing of how formats are
// multiplied.
void check(const char* shape, const store::Recipe& recipe, bool every, bool reference) {
  const testing::TemporaryFolder folder;
  const GoldenModel model = made(folder, shape, recipe);
  const auto file = gguf::File::open(model.file);
  ASSERT_TRUE(file) << one_line(file.error());
  const auto blueprint = model::describe(*file, {.context = 64});
  ASSERT_TRUE(blueprint) << one_line(blueprint.error());
  std::vector<Named> placements = {{"half of everything", testing::half_of_everything(*blueprint)}};
  if (every)
    for (Named& one : every_border(*blueprint)) placements.push_back(std::move(one));
  expect_bytes_of_one(model, "cpu", placements);
  if (reference) expect_bytes_of_one(model, "reference", placements);
}

// One for each format that can be made.
std::vector<store::Recipe> plain_recipes() {
  std::vector<store::Recipe> out;
  for (const store::Recipe& recipe : store::recipes()) {
    const auto same = [&](const store::Recipe& other) { return other.format == recipe.format; };
    if (std::none_of(out.begin(), out.end(), same)) out.push_back(recipe);
  }
  return out;
}

TEST(SynthDevices, GiveTheBytesOfOneWhereverAPartIsCutAtABorder) {
  if (testing::kSanitized) GTEST_SKIP() << "takes minutes under sanitizers: CutProducts does not";
  for (const char* shape : {"dense", "experts"})
    check(shape, *store::recipe_by_name("Q4_K_S"), true, true);
}

TEST(SynthDevices, GiveTheBytesOfOneInEveryFormat) {
  if (testing::kSanitized) GTEST_SKIP() << "takes minutes under sanitizers: CutProducts does not";
  if (!is_long()) std::cout << "SKIPPED: every border in every format (STRADDLE_LONG=1)\n";
  for (const store::Recipe& recipe : plain_recipes())
    for (const char* shape : {"dense", "experts"}) check(shape, recipe, is_long(), is_long());
}

}  // namespace
}  // namespace straddle
