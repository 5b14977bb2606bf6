// Typed reads: every integer type whose value fits, and a line that names key and value where not.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gguf/file_bytes.h"

namespace straddle::gguf {
namespace {

using T = ValueType;

class Typed : public ::testing::Test {
 protected:
  File parsed(const testing::FileBytes& made) {
    bytes_ = made.bytes();
    auto file = File::parse(bytes_, "a.gguf");
    EXPECT_TRUE(file) << one_line(file.error());
    return *file;
  }
  template <class R>
  static std::string line(const R& result) {
    return result ? "no error" : one_line(result.error());
  }

 private:
  std::vector<uint8_t> bytes_;
};

TEST_F(Typed, EveryIntegerTypeIsAnInteger) {
  const File file = parsed(testing::FileBytes()
                               .key("u8", T::u8, uint8_t{255})
                               .key("i8", T::i8, int8_t{7})
                               .key("u16", T::u16, uint16_t{65535})
                               .key("i16", T::i16, int16_t{300})
                               .key("u32", T::u32, uint32_t{4000000000})
                               .key("i32", T::i32, int32_t{70000})
                               .key("u64", T::u64, UINT64_MAX)
                               .key("i64", T::i64, INT64_MAX));
  EXPECT_EQ(*file.integer("u8"), 255u);
  EXPECT_EQ(*file.integer("i8"), 7u);
  EXPECT_EQ(*file.integer("u16"), 65535u);
  EXPECT_EQ(*file.integer("i16"), 300u);
  EXPECT_EQ(*file.integer("u32"), 4000000000u);
  EXPECT_EQ(*file.integer("i32"), 70000u);
  EXPECT_EQ(*file.integer("u64"), UINT64_MAX);
  EXPECT_EQ(*file.integer("i64"), uint64_t(INT64_MAX));
  EXPECT_EQ(*file.number("i32"), 70000.0);
}

TEST_F(Typed, AnIntegerThatDoesNotFitIsNamed) {
  const File file = parsed(testing::FileBytes()
                               .key("layers", T::i32, int32_t{-1})
                               .array("big", T::u64, {uint64_t{1}, UINT64_MAX}));
  EXPECT_EQ(line(file.integer("layers")), "a.gguf: key 'layers' is -1, out of range");
  EXPECT_EQ(line(file.integer("layers", 5)), "a.gguf: key 'layers' is -1, out of range");
  EXPECT_EQ(line(file.integers("big")),
            "a.gguf: key 'big' is a list whose element 1 is too large, out of range");
}

TEST_F(Typed, AnotherTypeIsNamed) {
  const File file = parsed(testing::FileBytes()
                               .key("text", "llama")
                               .key("real", T::f32, 1.5f)
                               .key("flag", T::boolean, uint8_t{1})
                               .array("list", T::f32, {1.5f}));
  EXPECT_EQ(line(file.integer("text")), "a.gguf: key 'text' is of type string, not a whole number");
  EXPECT_EQ(line(file.integer("real")), "a.gguf: key 'real' is of type f32, not a whole number");
  EXPECT_EQ(line(file.integer("flag")), "a.gguf: key 'flag' is of type bool, not a whole number");
  EXPECT_EQ(line(file.number("text")), "a.gguf: key 'text' is of type string, not a number");
  EXPECT_EQ(line(file.boolean("real", true)), "a.gguf: key 'real' is of type f32, not bool");
  EXPECT_EQ(line(file.string("flag")), "a.gguf: key 'flag' is of type bool, not string");
  EXPECT_EQ(line(file.integers("list")),
            "a.gguf: key 'list' is of type array of f32, not whole numbers");
  EXPECT_EQ(line(file.numbers("text")), "a.gguf: key 'text' is of type string, not numbers");
  EXPECT_EQ(line(file.strings("list")),
            "a.gguf: key 'list' is of type array of f32, not array of string");
}

TEST_F(Typed, AbsentIsTheFallbackOrALine) {
  const File file = parsed(testing::FileBytes());
  EXPECT_EQ(line(file.integer("a.b")), "a.gguf: key 'a.b' is missing");
  EXPECT_EQ(line(file.strings("a.b")), "a.gguf: key 'a.b' is missing");
  EXPECT_EQ(*file.integer("a.b", 3), 3u);
  EXPECT_EQ(*file.number("a.b", 0.5), 0.5);
  EXPECT_TRUE(*file.boolean("a.b", true));
  EXPECT_EQ(*file.string("a.b", "none"), "none");
}

TEST_F(Typed, ASingleValueIsAListOfOne) {
  const File file = parsed(testing::FileBytes()
                               .key("heads", T::u32, uint32_t{8})
                               .key("scale", T::f64, 0.25)
                               .array("flags", T::boolean, {uint8_t{1}, uint8_t{0}})
                               .array("small", T::i8, {int8_t{-3}, int8_t{4}})
                               .array("none", T::u32, std::initializer_list<uint32_t>{}));
  EXPECT_EQ(*file.integers("heads"), (std::vector<int64_t>{8}));
  EXPECT_EQ(*file.numbers("heads"), (std::vector<float>{8}));
  EXPECT_EQ(*file.numbers("scale"), (std::vector<float>{0.25f}));
  EXPECT_EQ(*file.integers("flags"), (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(*file.integers("small"), (std::vector<int64_t>{-3, 4}));
  EXPECT_TRUE(file.integers("none")->empty());
}

TEST_F(Typed, ANumberIsFinite) {
  const File file = parsed(testing::FileBytes()
                               .key("base", T::f32, std::nanf(""))
                               .key("eps", T::f64, std::numeric_limits<double>::infinity())
                               .array("wide", T::f64, {0.5, 1e300}));
  EXPECT_EQ(line(file.number("base")), "a.gguf: key 'base' is not finite, out of range");
  EXPECT_EQ(line(file.number("eps")), "a.gguf: key 'eps' is not finite, out of range");
  EXPECT_EQ(line(file.numbers("wide")),
            "a.gguf: key 'wide' is a list whose element 1 is too large, out of range");
}

TEST_F(Typed, AnElementOfAnArrayIsAValue) {
  const File file = parsed(testing::FileBytes().array("list", T::i16, {int16_t{5}, int16_t{-6}}));
  const MetadataValue second = element(std::get<Array>(file.find("list")->data), 1);
  EXPECT_EQ(second.type, T::i16);
  EXPECT_EQ(std::get<int64_t>(second.data), -6);
}

}  // namespace
}  // namespace straddle::gguf
