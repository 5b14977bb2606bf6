// Files of 2024 hold each expert as a tensor of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "engine/golden_models.h"
#include "testing/changed_model.h"
#include "testing/temporary_folder.h"

namespace straddle::testing {
namespace {

// Those with a bias, or with gate and up in one tensor, came later.
bool may_be_old(const gguf::File& file) {
  return file.tensor("blk.0.ffn_gate_exps.bias") == nullptr &&
         std::ranges::none_of(file.tensors(), [](const gguf::Tensor& t) {
           return t.name.ends_with("ffn_gate_up_exps.weight");
         });
}

TEST(SeparateExperts, GiveTheBytesOfExpertsInOneTensor) {
  const TemporaryFolder folder;
  int seen = 0;
  for (const std::string& name : float_models()) {
    GoldenModel model = read_float_model(name);
    const auto file = gguf::File::open(model.file);
    ASSERT_TRUE(file) << one_line(file.error());
    const auto bytes = with_separate_experts(*file);
    if (bytes.empty() || !may_be_old(*file)) continue;
    SCOPED_TRACE(name);
    const auto whole = logits(model, model.runs[0], {"cpu"}, 7);
    model.file = folder / "old.gguf";
    std::ofstream(model.file, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()),
                                                      long(bytes.size()));
    EXPECT_TRUE(same_bytes(whole, logits(model, model.runs[0], {"cpu"}, 7)));
    ++seen;
  }
  EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace straddle::testing
