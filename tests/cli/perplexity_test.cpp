// A perplexity that is no number is an error.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "cli/commands.h"
#include "testing/changed_model.h"
#include "testing/golden.h"
#include "testing/temporary_folder.h"

namespace straddle::cli {
namespace {

// Scores a text by the small model with this added to every logit but that of token 0.
Status score_with_bias(float bias) {
  const auto file = gguf::File::open(testing::source("share/models/stories260K.gguf"));
  EXPECT_TRUE(file);
  std::vector<float> all(512, bias);
  all[0] = 0;
  const auto bytes = testing::with_tensor(*file, "output.bias", all);
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "model.gguf", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), long(bytes.size()));
  std::ofstream(folder / "text") << "Once upon a time";
  Request request;
  request.words = {folder / "model.gguf"};
  request.file = folder / "text";
  request.split = "|";
  request.assignments = {"num_thread=1"};
  return perplexity(request);
}

TEST(Perplexity, OfATokenThatCannotComeIsAnError) {
  const auto done = score_with_bias(-std::numeric_limits<float>::infinity());
  ASSERT_FALSE(done);
  EXPECT_EQ(one_line(done.error()).substr(0, 43), "text: the model says that its token 403 can");
}

TEST(Perplexity, ThatIsTooLargeForANumberIsAnError) {
  const auto done = score_with_bias(-1e4f);
  ASSERT_FALSE(done);
  EXPECT_EQ(one_line(done.error()).substr(0, 47), "text: the perplexity is too large for a number:");
}

}  // namespace
}  // namespace straddle::cli
