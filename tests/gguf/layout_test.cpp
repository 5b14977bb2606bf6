// What the format allows though few files use it, and limits too large for a file in tests/refused.
#include <gtest/gtest.h>

#include "gguf/file_bytes.h"

namespace straddle::gguf {
namespace {

using quant::Format;
using testing::FileBytes;

std::vector<uint8_t> counting(size_t bytes) {
  std::vector<uint8_t> out(bytes);
  for (size_t i = 0; i < bytes; ++i) out[i] = uint8_t(i);
  return out;
}

std::string line(const Result<File>& file) { return file ? "accepted" : one_line(file.error()); }

TEST(Layout, VersionTwoIsReadAsThree) {
  const auto bytes = FileBytes(2).key("general.architecture", "llama").bytes();
  const auto file = File::parse(bytes, "a.gguf");
  ASSERT_TRUE(file) << line(file);
  EXPECT_EQ(file->version(), 2u);
  EXPECT_EQ(*file->string("general.architecture"), "llama");
}

TEST(Layout, NothingAtAllIsAFile) {
  const auto bytes = FileBytes().bytes();
  const auto file = File::parse(bytes, "a.gguf");
  ASSERT_TRUE(file) << line(file);
  EXPECT_TRUE(file->tensors().empty());
  EXPECT_TRUE(file->entries().empty());
}

TEST(Layout, TensorsMayLieInAnyOrderWithGapsAndWithoutPaddingAtTheEnd) {
  const auto bytes = FileBytes()
                         .tensor("last", {3}, Format::I8, 96)
                         .tensor("first", {2, 2}, Format::F16, 32)
                         .bytes(counting(99));
  const auto file = File::parse(bytes, "a.gguf");
  ASSERT_TRUE(file) << line(file);
  EXPECT_EQ(file->tensors()[0].name, "last");  // as in the file
  EXPECT_EQ(file->data(*file->tensor("last"))[0], 96);
  EXPECT_EQ(file->data(*file->tensor("first"))[0], 32);
  EXPECT_EQ(file->data(*file->tensor("first")).size(), 8u);
  EXPECT_EQ(file->tensor("first")->offset % 32, 0u);
}

TEST(Layout, AlignmentGoesFromEightBytesToOneMegabyte) {
  const auto tight = FileBytes()
                         .key("general.alignment", ValueType::u32, uint32_t{8})
                         .tensor("a", {3}, Format::I8, 0)
                         .tensor("b", {3}, Format::I8, 8)
                         .bytes(counting(11), 8);
  auto file = File::parse(tight, "a.gguf");
  ASSERT_TRUE(file) << line(file);
  EXPECT_EQ(file->data(*file->tensor("b"))[0], 8);

  const auto wide = FileBytes()
                        .key("general.alignment", ValueType::u32, uint32_t{1} << 20)
                        .tensor("a", {3}, Format::I8, 0)
                        .bytes(counting(3), 1 << 20);
  file = File::parse(wide, "a.gguf");
  ASSERT_TRUE(file) << line(file);
  EXPECT_EQ(file->tensor("a")->offset, uint64_t{1} << 20);
}

TEST(Layout, ATensorWithoutDimensionsIsOneValue) {
  const auto bytes = FileBytes().tensor("scale", {}, Format::F32, 0).bytes(counting(4));
  const auto file = File::parse(bytes, "a.gguf");
  ASSERT_TRUE(file) << line(file);
  EXPECT_EQ(file->tensor("scale")->elements(), 1u);
  EXPECT_EQ(file->tensor("scale")->bytes, 4u);
}

TEST(Layout, ABoolThatIsNotZeroIsTrue) {
  const auto bytes = FileBytes().key("flag", ValueType::boolean, uint8_t{2}).bytes();
  EXPECT_TRUE(*File::parse(bytes, "a.gguf")->boolean("flag", false));
}

TEST(Layout, AHeaderAloneHasTensorsWithoutData) {
  const auto bytes = FileBytes().tensor("big", {4096, 4096}, Format::F16, 0).bytes();
  EXPECT_FALSE(File::parse(bytes, "a.gguf"));
  const auto file = File::parse(bytes, "a.gguf", true);
  ASSERT_TRUE(file) << line(file);
  EXPECT_EQ(file->tensor("big")->bytes, uint64_t{2} * 4096 * 4096);
  EXPECT_TRUE(file->data(*file->tensor("big")).empty());
}

TEST(Layout, AFileCutAnywhereIsRefused) {
  const auto whole = FileBytes()
                         .key("general.architecture", "llama")
                         .array("list", ValueType::u16, {uint16_t{1}, uint16_t{2}})
                         .tensor("a", {8}, Format::F32, 0)
                         .tensor("b", {8}, Format::F32, 32)
                         .bytes(counting(64));
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + long(size));
    const auto file = File::parse(cut, "a.gguf");
    EXPECT_FALSE(file) << size;
    EXPECT_EQ(line(file).rfind("a.gguf: ", 0), 0u) << line(file);
  }
  EXPECT_TRUE(File::parse(whole, "a.gguf"));
}

TEST(Limits, ManyKeysAreAcceptedAndTooManyRefused) {
  FileBytes made;
  for (int i = 0; i < 65536; ++i)
    made.key(std::string("k").append(std::to_string(i)), ValueType::u8, uint8_t{1});
  auto bytes = made.bytes();
  auto file = File::parse(bytes, "a.gguf");
  ASSERT_TRUE(file) << line(file);
  EXPECT_EQ(*file->integer("k65535"), 1u);
  bytes = made.key("one.more", ValueType::u8, uint8_t{1}).bytes();
  EXPECT_EQ(line(File::parse(bytes, "a.gguf")), "a.gguf: it says it has 65537 keys; the most is 65536");
}

TEST(Limits, TooManyTensorsAreRefused) {
  FileBytes made;
  for (int i = 0; i < 1048577; ++i) made.tensor("t", {1}, Format::I8, 0);
  EXPECT_EQ(line(File::parse(made.bytes(), "a.gguf")),
            "a.gguf: it says it has 1048577 tensors; the most is 1048576");
}

TEST(Limits, ALongKeyIsAcceptedAndALongerOneRefused) {
  const std::string longest(65535, 'k');
  auto bytes = FileBytes().key(longest, ValueType::u8, uint8_t{1}).bytes();
  EXPECT_EQ(*File::parse(bytes, "a.gguf")->integer(longest), 1u);
  bytes = FileBytes().key(longest + "k", ValueType::u8, uint8_t{1}).bytes();
  EXPECT_EQ(line(File::parse(bytes, "a.gguf")),
            "a.gguf: key number 1 has a name of 65536 bytes; the most is 65535");
}

TEST(Limits, ALongKeyIsCutInMessages) {
  const auto bytes = FileBytes().key(std::string(5000, 'k'), ValueType(13), uint8_t{1}).bytes();
  EXPECT_EQ(line(File::parse(bytes, "a.gguf")),
            "a.gguf: key '" + std::string(80, 'k') + "...': unknown value type 13");
}

}  // namespace
}  // namespace straddle::gguf
