#include <gtest/gtest.h>

#include "gguf/gguf.h"

namespace straddle::gguf {
namespace {

struct Case {
  const char *key, *value, *word;  // the word that the user reads
};

File file_of(const std::vector<uint8_t>& bytes) { return File::parse(bytes, "some.gguf").value(); }

TEST(Kind, WhatIsNoLanguageModelIsSaidInTheUsersWords) {
  const Case cases[] = {{"general.type", "mmproj", "image or audio projector"},
                        {"general.architecture", "clip", "image or audio projector"},
                        {"general.type", "adapter", "LoRA"},
                        {"adapter.type", "lora", "LoRA"},
                        {"general.type", "imatrix", "importance matrix"},
                        {"general.architecture", "controlvector", "control vector"},
                        {"general.architecture", "flux", "pictures"}};
  for (const Case& c : cases) {
    Writer writer;
    writer.add(c.key, c.value);
    const auto bytes = writer.bytes().value();
    const auto ok = file_of(bytes).check_language_model();
    ASSERT_FALSE(ok) << c.value;
    EXPECT_EQ(ok.error().kind, ErrorKind::unsupported);
    EXPECT_EQ(ok.error().where, "some.gguf");
    EXPECT_NE(ok.error().what.find(c.word), std::string::npos) << ok.error().what;
    EXPECT_NE(ok.error().hint, "");
  }
}

TEST(Kind, AModelIsOneWhateverElseItSays) {
  for (const char* type : {"", "model", "something new"}) {
    Writer writer;
    writer.add("general.architecture", "llama");
    writer.add("general.type", type);
    const auto bytes = writer.bytes().value();
    EXPECT_TRUE(file_of(bytes).check_language_model()) << type;
  }
  Writer writer;
  writer.add("general.type", uint32_t{3});
  const auto bytes = writer.bytes().value();
  EXPECT_TRUE(file_of(bytes).check_language_model());
}

TEST(Kind, AVocabularyAloneHasNoWeights) {
  Writer writer;
  writer.add("general.architecture", "llama");
  const auto bytes = writer.bytes().value();
  const auto ok = file_of(bytes).check_weights();
  ASSERT_FALSE(ok);
  EXPECT_NE(ok.error().what.find("vocabulary"), std::string::npos);
}

}  // namespace
}  // namespace straddle::gguf
