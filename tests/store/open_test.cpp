// What a file is comes before what it lacks, for every command that wants a model.
#include "store/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "testing/golden.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;

struct Written {
  std::string path =
      (fs::temp_directory_path() / ("load-test-" + std::to_string(::getpid()) + ".gguf")).string();
  explicit Written(gguf::Writer writer) { EXPECT_TRUE(writer.write(path)); }
  ~Written() { fs::remove(path); }
};

TEST(OpenModel, AProjectorAndAnAdapterAreNamed) {
  for (const auto& [type, word] : {std::pair("mmproj", "projector"), std::pair("adapter", "LoRA")}) {
    gguf::Writer writer;
    writer.add("general.architecture", "llama");
    writer.add("general.type", type);
    const Written file(std::move(writer));
    for (const auto& opened : {open_model(file.path), open_vocabulary(file.path)}) {
      ASSERT_FALSE(opened) << type;
      EXPECT_NE(opened.error().what.find(word), std::string::npos) << opened.error().what;
    }
    EXPECT_TRUE(open_file(file.path, true)) << "show takes any";
  }
}

TEST(OpenModel, AVocabularyAloneTokenizesAndDoesNotRun) {
  STRADDLE_GOLDEN_OR_SKIP(path, "tokenizers/vocab/llama-spm.gguf");
  EXPECT_TRUE(open_vocabulary(path));
  const auto model = open_model(path);
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().what.find("no weights"), std::string::npos) << model.error().what;
}

}  // namespace
}  // namespace straddle::store
