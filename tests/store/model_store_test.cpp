// Stores laid out as Ollama does, in folders of the test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "store/hosts.h"
#include "store/store.h"
#include "testing/temporary_folder.h"

namespace straddle::store {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

ModelName named(const std::string& typed) { return *parse_model_name(typed); }

class Stores : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "share");
    ::setenv("STRADDLE_SHARE", (folder_ / "share").c_str(), 1);
    ::setenv("STRADDLE_MODELS", root_.c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"STRADDLE_SHARE", "STRADDLE_MODELS", "OLLAMA_MODELS"}) ::unsetenv(name);
  }

  Blob put_blob(LayerKind kind, const std::string& text) const {
    Blob blob{kind, std::string(media_type_of(kind)), digest_of(text), text.size()};
    write(root_ + "/blobs/" + blob.digest.file_name(), text);
    return blob;
  }
  static void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  void put_manifest(const std::string& path, std::vector<Blob> layers) const {
    write(root_ + "/manifests/" + path,
          manifest_text({put_blob(LayerKind::config, R"({"model_format":"gguf"})"), std::move(layers)}));
  }
  // A model whose GGUF file is no more than its first bytes.
  void put_model(const std::string& path, const std::string& weights = "GGUF") const {
    put_manifest(path, {put_blob(LayerKind::model, weights), put_blob(LayerKind::system, "Be kind."),
                        put_blob(LayerKind::params, R"({"stop":["<end>"],"num_ctx":2048})"),
                        put_blob(LayerKind::messages, R"([{"role":"user","content":"a"}])"),
                        put_blob(LayerKind::license, "one"), put_blob(LayerKind::license, "two"),
                        put_blob(LayerKind::chat_template, "{{ .Prompt }}")});
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const LocalModel& model : list_models()) out.push_back(model.name);
    return out;
  }
  size_t blobs() const {
    return size_t(std::distance(fs::directory_iterator(root_ + "/blobs"), fs::directory_iterator()));
  }
  // All files with what they hold.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> out;
    for (const auto& at : fs::recursive_directory_iterator(root_)) {
      std::ifstream file(at.path(), std::ios::binary);
      if (at.is_regular_file()) out[at.path()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
    return out;
  }

  const std::string kUsual = std::string(kDefaultHost) + "/library/";
  const testing::TemporaryFolder folder_;
  const std::string root_ = folder_ / "models";
  const ModelStore store_{root_};
};

TEST_F(Stores, AreReadAsOllamaLaysThemOut) {
  put_model(kUsual + "tiny/latest");
  put_model("example.org/u/Big-GGUF/Q2_K", "GGUF big");
  write(root_ + "/file.gguf", "GGUF");
  const auto before = files();
  EXPECT_EQ(names(), (std::vector<std::string>{"example.org/u/Big-GGUF:Q2_K", "file", "tiny:latest"}));
  for (const char* name : {"tiny", "tiny:latest", "TINY", "library/tiny"}) {
    const auto found = find_model(name);
    ASSERT_TRUE(found) << one_line(found.error());
    ASSERT_TRUE(found->stored);
    EXPECT_EQ(found->path, store_.blob_path(digest_of("GGUF")));
    EXPECT_EQ(found->stored->system, "Be kind.");
    EXPECT_EQ(found->stored->chat_template, "{{ .Prompt }}");
    EXPECT_EQ(found->stored->licenses, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(found->stored->parameters.size(), 2u);
    EXPECT_EQ(found->stored->messages.size(), 1u);
    EXPECT_EQ(found->stored->config.format, "gguf");
  }
  EXPECT_TRUE(find_model("example.org/u/big-gguf:q2_k"));
  EXPECT_FALSE(find_model("tiny:1b"));
  EXPECT_FALSE(find_model("file")->stored);
  EXPECT_EQ(files(), before);
}

TEST_F(Stores, IdAndSizeAreThoseOfTheManifest) {
  put_model(kUsual + "tiny/latest");
  const auto entry = store_.find(named("tiny"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->id, digest_of(files().at(entry->path)));
  EXPECT_EQ(list_models()[0].bytes, 23u + 4 + 8 + 33 + 31 + 3 + 3 + 13);
  EXPECT_GT(entry->modified, 1'600'000'000);
}

TEST_F(Stores, AFileOfTheFolderGoesFirstATagNamesTheStore) {
  put_model(kUsual + "same/latest", "GGUF of the store");
  write(root_ + "/same.gguf", "GGUF");
  EXPECT_FALSE(find_model("same")->stored);
  EXPECT_TRUE(find_model("same:latest")->stored);
}

TEST_F(Stores, WhatLiesThereAndIsNoManifestIsPassedOverOrTold) {
  put_model(kUsual + "good/latest");
  write(root_ + "/manifests/" + kUsual + "bad/latest", "{");
  write(root_ + "/manifests/" + kUsual + ".hidden/latest", "{");
  write(root_ + "/manifests/" + kUsual + "good/.DS_Store", "{");
  fs::create_directories(root_ + "/manifests/" + kUsual + "good/folder");
  fs::create_directory_symlink(root_ + "/manifests", root_ + "/manifests/loop");
  std::vector<std::string> problems;
  EXPECT_EQ(store_.list(&problems).size(), 1u);
  EXPECT_THAT(problems,
              ::testing::ElementsAre(HasSubstr("bad/latest: is no manifest: it is no JSON object")));
  EXPECT_THAT(one_line(find_model("bad").error()), HasSubstr("bad/latest: is no manifest"));
}

TEST_F(Stores, WhatCannotRunHereSaysWhy) {
  const Blob model = put_blob(LayerKind::model, "GGUF");
  put_manifest(kUsual + "lora/latest", {model, put_blob(LayerKind::adapter, "GGUF")});
  put_manifest(kUsual + "mlx/latest", {put_blob(LayerKind::tensor, "x")});
  put_manifest(kUsual + "parts/latest", {model, model});
  put_manifest(kUsual + "none/latest", {});
  write(root_ + "/manifests/" + kUsual + "cloud/latest",
        manifest_text({put_blob(LayerKind::config, R"({"remote_host":"https://example.org"})"), {}}));
  const auto said = [](const char* name) { return one_line(find_model(name).error()); };
  EXPECT_THAT(said("lora"), HasSubstr("lora:latest: it has an adapter"));
  EXPECT_THAT(said("mlx"), HasSubstr("safetensors"));
  EXPECT_THAT(said("parts"), HasSubstr("in 2 parts"));
  EXPECT_THAT(said("none"), HasSubstr("names no model"));
  EXPECT_THAT(said("cloud"), HasSubstr("computed by a service"));
}

TEST_F(Stores, ABlobThatIsBrokenIsNamed) {
  put_model(kUsual + "tiny/latest");
  const std::string blob = store_.blob_path(digest_of("GGUF"));
  write(blob, "GG");
  EXPECT_THAT(one_line(find_model("tiny").error()),
              HasSubstr(blob + ": has 2 bytes, but the manifest says 4"));
  fs::remove(blob);
  EXPECT_THAT(one_line(find_model("tiny").error()),
              HasSubstr(blob + ": this part of the model is not there"));
  ASSERT_EQ(::mkfifo(blob.c_str(), 0600), 0);
  EXPECT_THAT(one_line(find_model("tiny").error()), HasSubstr("not a regular file"));
}

TEST_F(Stores, TextsThatAreNoneAreRefused) {
  put_manifest(kUsual + "a/latest",
               {put_blob(LayerKind::model, "GGUF"), put_blob(LayerKind::system, "\xff")});
  put_manifest(kUsual + "b/latest",
               {put_blob(LayerKind::model, "GGUF"), put_blob(LayerKind::params, "[1]")});
  EXPECT_THAT(one_line(find_model("a").error()), HasSubstr("is no text"));
  EXPECT_THAT(one_line(find_model("b").error()), HasSubstr("params: is no JSON object"));
}

TEST_F(Stores, ACopyIsAnotherNameForTheSame) {
  put_model(kUsual + "tiny/latest");
  const size_t before = blobs();
  ASSERT_TRUE(store_.copy(*store_.find(named("tiny")), named("me/other:x")));
  EXPECT_EQ(store_.find(named("me/other:x"))->id, store_.find(named("tiny"))->id);
  EXPECT_EQ(blobs(), before);
}

TEST_F(Stores, ASpellingThatIsThereWins) {
  put_model(kUsual + "Tiny/Latest");
  ASSERT_TRUE(store_.copy(*store_.find(named("tiny")), named("TINY:LATEST")));
  EXPECT_EQ(names(), std::vector<std::string>{"Tiny:Latest"});
}

TEST_F(Stores, WhatAnotherNameNeedsIsNotRemoved) {
  put_model(kUsual + "one/latest", "GGUF one");
  put_model("example.org/u/two/latest", "GGUF two");
  const size_t all = blobs();
  EXPECT_EQ(store_.remove(*store_.find(named("one"))).value(), "");
  EXPECT_EQ(blobs(), all - 1);  // its weights; the rest is the other's too
  EXPECT_FALSE(fs::exists(root_ + "/manifests/" + std::string(kDefaultHost)));
  EXPECT_TRUE(find_model("example.org/u/two"));
  EXPECT_EQ(store_.remove(*store_.find(named("example.org/u/two"))).value(), "");
  EXPECT_EQ(blobs(), 0u);
  EXPECT_TRUE(fs::exists(root_ + "/manifests"));
}

TEST_F(Stores, NothingButTheNameGoesWhereAManifestCannotBeRead) {
  put_model(kUsual + "one/latest");
  write(root_ + "/manifests/" + kUsual + "bad/latest", "{");
  const size_t all = blobs();
  EXPECT_THAT(store_.remove(*store_.find(named("one"))).value(), HasSubstr("others may need them"));
  EXPECT_EQ(blobs(), all);
  EXPECT_FALSE(store_.find(named("one")));
}

TEST_F(Stores, WhatANameStoodForBeforeGoesWithIt) {
  put_model(kUsual + "one/latest", "GGUF one");
  put_model(kUsual + "two/latest", "GGUF two");
  const size_t all = blobs();
  ASSERT_TRUE(store_.copy(*store_.find(named("one")), named("two")));
  EXPECT_EQ(blobs(), all - 1);
  EXPECT_EQ(find_model("two:latest")->path, find_model("one:latest")->path);
}

TEST_F(Stores, AManifestIsNotWrittenWithoutItsBlobs) {
  const Blob text = store_.add_text(LayerKind::system, "x").value();
  ASSERT_TRUE(store_.write_manifest(named("a"), manifest_text({text, {text}})));
  fs::remove(store_.blob_path(text.digest));
  EXPECT_FALSE(store_.write_manifest(named("b"), manifest_text({text, {text}})));
  EXPECT_FALSE(store_.find(named("b")));
}

TEST_F(Stores, BlobsHaveTheDigestOfTheirBytesAndNothingElseStays) {
  write(folder_ / "in.gguf", std::string(3'000'000, 'x'));
  const auto blob = store_.add_file(LayerKind::model, folder_ / "in.gguf");
  ASSERT_TRUE(blob) << one_line(blob.error());
  EXPECT_EQ(blob->digest, digest_of(std::string(3'000'000, 'x')));
  EXPECT_EQ(store_.add_file(LayerKind::model, folder_ / "in.gguf")->digest, blob->digest);
  EXPECT_EQ(store_.add_file(LayerKind::model, folder_ / "gone.gguf").error().kind, ErrorKind::not_found);
  const auto stop = [](uint64_t, uint64_t) { return false; };
  EXPECT_EQ(store_.add_file(LayerKind::model, folder_ / "in.gguf", stop).error().kind,
            ErrorKind::interrupted);
  EXPECT_EQ(blobs(), 1u);
}

// A link in the store that leads elsewhere is replaced itself, not what it points to.
TEST_F(Stores, NothingIsWrittenOrRemovedThroughALink) {
  const std::string outside = folder_ / "outside";
  write(outside, "mine");
  fs::create_directories(root_ + "/blobs");
  fs::create_directories(root_ + "/manifests/" + kUsual + "a");
  fs::create_symlink(outside, store_.blob_path(digest_of("text")));
  fs::create_symlink(outside, root_ + "/manifests/" + kUsual + "a/latest");
  const Blob blob =
      *store_.add_text(LayerKind::system, "text");  // of the same size as what lies outside
  EXPECT_EQ(blob.digest, digest_of("text"));
  const Blob longer = *store_.add_text(LayerKind::system, "longer text");
  ASSERT_TRUE(store_.write_manifest(named("a"), manifest_text({longer, {longer}})));
  ASSERT_TRUE(store_.remove(*store_.find(named("a"))));
  EXPECT_EQ(fs::file_size(outside), 4u);
}

TEST_F(Stores, ManyWritersAtOnceLeaveAWholeStore) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const Blob blob = store_.add_text(LayerKind::system, "text " + std::to_string(i % 5)).value();
        const std::string name = "m" + std::to_string((i + t) % 3);
        (void)store_.write_manifest(named(name),
                                    manifest_text({blob, {blob}}));  // another may have removed the blob
        if (const auto entry = store_.find(named(name)); entry && i % 4 == 0)
          (void)store_.remove(*entry);
      }
    });
  }
  threads.clear();
  for (const StoreEntry& entry : store_.list())
    for (const Blob& layer : entry.manifest.layers) EXPECT_TRUE(store_.check_blob(layer)) << entry.path;
}

TEST_F(Stores, AreLookedForInOrder) {
  const auto roots = [] {
    std::vector<std::string> out;
    for (const ModelStore& store : model_stores()) out.push_back(store.root());
    return out;
  };
  EXPECT_EQ(roots(), std::vector<std::string>{root_});
  ::unsetenv("STRADDLE_MODELS");
  ::setenv("OLLAMA_MODELS", (folder_ / "ollama").c_str(), 1);
  EXPECT_EQ(roots(), (std::vector<std::string>{folder_ / "ollama", models_folder()}));
  EXPECT_EQ(store_to_write().root(), folder_ / "ollama");
  write(folder_ / "file", "");
  ::setenv("OLLAMA_MODELS", (folder_ / "file").c_str(), 1);  // where no folder can be made
  EXPECT_EQ(store_to_write().root(), models_folder());
}

}  // namespace
}  // namespace straddle::store
