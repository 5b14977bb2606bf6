// Manifests and the layers that are JSON.
#include "store/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/store.h"

namespace straddle::store {
namespace {

using ::testing::HasSubstr;

std::string digest(char c) { return "\"sha256:" + std::string(64, c) + "\""; }

const std::string kWhole =
    "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\","
    "\"config\":{\"mediaType\":\"application/vnd.docker.container.image.v1+json\",\"digest\":" +
    digest('c') +
    ",\"size\":412},\"layers\":[{\"mediaType\":\"application/vnd.ollama.image.model\",\"digest\":" +
    digest('a') +
    ",\"size\":1048576},{\"mediaType\":\"application/vnd.ollama.image.params\",\"digest\":" +
    digest('b') + ",\"size\":30}]}";

TEST(Manifest, IsReadAndWrittenAsOllamaDoes) {
  const auto manifest = parse_manifest(kWhole, "m");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->layers.size(), 2u);
  EXPECT_EQ(manifest->layers[0].kind, LayerKind::model);
  EXPECT_EQ(manifest->layers[1].kind, LayerKind::params);
  EXPECT_EQ(manifest->config.kind, LayerKind::config);
  EXPECT_EQ(manifest->bytes(), 412u + 1048576u + 30u);
  EXPECT_EQ(manifest_text(*manifest), kWhole);
}

TEST(Manifest, WhatIsNoneIsRefused) {
  const auto layer = [](const std::string& body) { return "{\"layers\":[{" + body + "}]}"; };
  const std::string size = ",\"size\":1", good = "\"digest\":" + digest('a');
  const std::string texts[] = {"",
                               "null",
                               "[]",
                               "{}",
                               "{\"layers\":{}}",
                               "{\"layers\":[1]}",
                               "{\"layers\":[[]]}",
                               layer("\"digest\":1" + size),
                               layer("\"digest\":\"sha256:../../x\"" + size),
                               layer("\"digest\":\"sha256:" + std::string(64, 'A') + "\"" + size),
                               layer("\"digest\":\"" + std::string(64, 'a') + "\"" + size),
                               layer(good),
                               layer(good + ",\"size\":-1"),
                               layer(good + ",\"size\":1.5"),
                               layer(good + ",\"size\":\"1\""),
                               layer(good + ",\"size\":18446744073709551615"),
                               layer(good + ",\"size\":1e99"),
                               std::string(1 << 20, '['),
                               kWhole.substr(0, kWhole.size() - 1)};
  for (const std::string& text : texts) {
    const auto manifest = parse_manifest(text, "where");
    ASSERT_FALSE(manifest) << text.substr(0, 200);
    EXPECT_THAT(one_line(manifest.error()), HasSubstr("where: is no manifest: "));
  }
}

TEST(Manifest, SizesThatSumBeyond64BitsDoNotWrap) {
  std::string text = "{\"layers\":[";
  for (int i = 0; i < 3; ++i)
    text += std::string(i ? "," : "") + "{\"digest\":" + digest('a') + ",\"size\":9223372036854775807}";
  EXPECT_EQ(parse_manifest(text + "]}", "m")->bytes(), UINT64_MAX);
}

TEST(Manifest, ManyKeysAreReadSoon) {
  std::string text = "{\"layers\":[]";
  for (int i = 0; i < 60000; ++i) text += ",\"k" + std::to_string(i) + "\":1";
  EXPECT_TRUE(parse_manifest(text + "}", "m"));
}

TEST(Params, AreNumbersWordsAndLists) {
  const auto params = parse_params(
      R"({"num_ctx":4096.0,"stop":["<a>","b"],"temperature":0.6,"use_mmap":true,"x":null,"y":{"z":1}})",
      "p");
  ASSERT_TRUE(params);
  std::string text;
  for (const auto& p : *params) text += p.name + "=" + p.value + (p.is_text ? "'" : "") + " ";
  EXPECT_EQ(text, "num_ctx=4096 stop=<a>' stop=b' temperature=0.6 use_mmap=true ");
  EXPECT_FALSE(parse_params("[]", "p"));
  EXPECT_FALSE(parse_params("{", "p"));
}

TEST(Messages, HaveRolesThatAreKnown) {
  const auto messages = parse_messages(R"([{"role":"user","content":"a"},{"role":"assistant"}])", "m");
  ASSERT_TRUE(messages);
  EXPECT_EQ(messages->at(0).content, "a");
  EXPECT_EQ(messages->at(1).content, "");
  EXPECT_FALSE(parse_messages(R"([{"role":"tool","content":"a"}])", "m"));
  EXPECT_FALSE(parse_messages(R"({"role":"user"})", "m"));
}

}  // namespace
}  // namespace straddle::store
