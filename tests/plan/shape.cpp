#include "plan/shape.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "store/store.h"
#include "testing/golden.h"
#include "testing/temporary_folder.h"

namespace straddle::plan::testing {

Shape shape(const std::string& name, const std::string& recipe, std::optional<uint64_t> layers) {
  const straddle::testing::TemporaryFolder folder;
  const std::string path = folder / "shape.gguf";
  const auto report =
      store::synth(name, *store::recipe_by_name(recipe), path, {.layers = layers, .header_only = true});
  EXPECT_TRUE(report) << one_line(report.error());
  auto file = gguf::File::open(path, true);
  EXPECT_TRUE(file);
  auto blueprint = model::describe(*file, {.header_only = true});
  EXPECT_TRUE(blueprint) << one_line(blueprint.error());
  return {*file, *blueprint};
}

MachineProfile machine(const std::string& name) {
  const std::string path = straddle::testing::source("share/machines/" + name + ".json");
  std::ifstream in(path);
  auto profile = parse_profile(std::string(std::istreambuf_iterator<char>(in), {}), path);
  EXPECT_TRUE(profile) << one_line(profile.error());
  return *profile;
}

}  // namespace straddle::plan::testing
