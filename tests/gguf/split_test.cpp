// Split sets: opened from any part, as one model. What must be refused: tests/refused/set-*.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gguf/file_bytes.h"
#include "testing/temporary_folder.h"

namespace straddle::gguf {
namespace {

namespace fs = std::filesystem;
using quant::Format;
using testing::FileBytes;

class Split : public ::testing::Test {
 protected:
  std::string put(const std::string& name, const std::vector<uint8_t>& bytes) {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), long(bytes.size()));
    return path;
  }

  // Part `number` (from 1) of three; the first holds no tensor, as llama.cpp may write it.
  static FileBytes part(int number) {
    FileBytes out;
    if (number == 1) out.key("general.architecture", "llama");
    out.key("split.no", ValueType::u16, uint16_t(number - 1));
    out.key("split.count", ValueType::u16, uint16_t{3});
    out.key("split.tensors.count", ValueType::i32, int32_t{2});
    if (number > 1) out.tensor("blk." + std::to_string(number), {4}, Format::I8, 0);
    return out;
  }

  std::vector<std::string> put_set() {
    return {put("m-00001-of-00003.gguf", part(1).bytes()),
            put("m-00002-of-00003.gguf", part(2).bytes({2, 2, 2, 2})),
            put("m-00003-of-00003.gguf", part(3).bytes({3, 3, 3, 3}))};
  }

  const straddle::testing::TemporaryFolder folder_;
};

TEST_F(Split, AnyPartOpensTheWholeSet) {
  const auto paths = put_set();
  for (const auto& path : paths) {
    auto file = File::open(path);
    ASSERT_TRUE(file) << one_line(file.error());
    EXPECT_EQ(file->path(), paths[0]);
    EXPECT_EQ(file->files(), 3u);
    EXPECT_EQ(file->file_bytes(),
              fs::file_size(paths[0]) + fs::file_size(paths[1]) + fs::file_size(paths[2]));
    EXPECT_EQ(*file->string("general.architecture"), "llama");
    ASSERT_EQ(file->tensors().size(), 2u);
    EXPECT_EQ(file->tensor("blk.2")->file, 1u);
    EXPECT_EQ(file->data(*file->tensor("blk.2"))[0], 2);
    EXPECT_EQ(file->data(*file->tensor("blk.3"))[0], 3);
  }
}

TEST_F(Split, AlignmentHoldsPerFile) {
  put_set();
  const auto third =
      part(3).key("general.alignment", ValueType::u32, uint32_t{256}).bytes({9, 9, 9, 9}, 256);
  auto file = File::open(put("m-00003-of-00003.gguf", third));
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_EQ(file->data(*file->tensor("blk.3"))[0], 9);
  EXPECT_EQ(file->find("general.alignment"), nullptr);
}

TEST_F(Split, ALaterPartMayRepeatAKeyOrAddOne) {
  put_set();
  const auto second =
      part(2).key("general.architecture", "llama").key("added", "here").bytes({2, 2, 2, 2});
  auto file = File::open(put("m-00002-of-00003.gguf", second));
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_EQ(*file->string("added"), "here");
}

TEST_F(Split, ASetOfOneIsAFileWhateverItsName) {
  const auto bytes = FileBytes()
                         .key("split.no", ValueType::u16, uint16_t{0})
                         .key("split.count", ValueType::u16, uint16_t{1})
                         .bytes();
  auto file = File::open(put("other.gguf", bytes));
  ASSERT_TRUE(file) << one_line(file.error());
  EXPECT_EQ(file->files(), 1u);
}

TEST_F(Split, AHeaderAloneNeedsNoData) {
  const auto paths = put_set();
  put("m-00002-of-00003.gguf", part(2).bytes());
  EXPECT_FALSE(File::open(paths[0]));
  EXPECT_TRUE(File::open(paths[0], true));
}

TEST_F(Split, AJoinedCopyHasNoSplitKeys) {
  auto file = File::open(put_set()[1]);
  ASSERT_TRUE(file) << one_line(file.error());
  Writer writer;
  for (const Entry& entry : file->entries()) writer.add(entry);
  for (const Tensor& tensor : file->tensors())
    writer.add_tensor(tensor.name, tensor.format, std::span(tensor.shape, tensor.n_dims),
                      [&]() -> Result<std::span<const uint8_t>> { return file->data(tensor); });
  const auto bytes = writer.bytes();
  ASSERT_TRUE(bytes) << one_line(bytes.error());
  auto joined = File::parse(*bytes, "joined");
  ASSERT_TRUE(joined) << one_line(joined.error());
  EXPECT_EQ(joined->find("split.count"), nullptr);
  EXPECT_EQ(joined->tensors().size(), 2u);
  EXPECT_EQ(joined->data(*joined->tensor("blk.3"))[0], 3);
}

TEST_F(Split, AMissingFileIsNotFoundAndAFolderIsOneLine) {
  auto missing = File::open(folder_ / "none.gguf");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  auto folder = File::open(folder_.path().string());
  ASSERT_FALSE(folder);
  EXPECT_EQ(one_line(folder.error()), folder_.path().string() + ": it is a folder");
}

TEST_F(Split, AMissingPartIsNotFound) {
  const auto paths = put_set();
  fs::remove(paths[2]);
  auto file = File::open(paths[0]);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::not_found);
  EXPECT_EQ(one_line(file.error()), paths[2] + ": part 3 of 3 is missing (download it too)");
}

}  // namespace
}  // namespace straddle::gguf
