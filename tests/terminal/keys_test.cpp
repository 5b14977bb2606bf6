#include "terminal/keys.h"

#include <gtest/gtest.h>

namespace straddle::terminal {
namespace {

using Code = Key::Code;

// Keys as one string: text as it is, others as "<number of the code>", a border between two texts as
// '|'.
std::string decoded(std::string_view bytes, size_t piece) {
  KeyDecoder decoder;
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    std::vector<Key> keys;
    decoder.feed(bytes.substr(at, piece), keys);
    for (const Key& key : keys)
      out += key.code == Code::text ? key.text : "<" + std::to_string(int(key.code)) + ">";
  }
  return out;
}

std::string name(Code code) { return "<" + std::to_string(int(code)) + ">"; }

struct Case {
  std::string_view bytes;
  std::string keys;
};

const Case kCases[] = {
    {"abc", "abc"},
    {"日本\r", "日本" + name(Code::enter)},
    {"a\x1b[Ab", "a" + name(Code::up) + "b"},
    {"a\x1bOAb", "a" + name(Code::up) + "b"},
    {"\x1b[1;5D\x1b[3~", name(Code::word_left) + name(Code::erase_right)},
    {"\x1b\x1b[B", name(Code::down)},     // Escape, then a key
    {"\x1b\x03", name(Code::interrupt)},  // Ctrl-C works whatever came before
    {"\x1b[12\x03x", name(Code::interrupt) + "x"},
    {"\x1b[999999999999999999999999999999Ax", "x"},
    {"\x1b[?1;2cx", "x"},
    {"\x1b日", "日"},
    {"\xff\xfe", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    {"\xe6\x97\r", "\xEF\xBF\xBD\xEF\xBF\xBD" + name(Code::enter)},
    {"\x1b[200~a\r\nb\rc\nd\x1b[201~e", "a\nb\nc\nde"},
    {"\x1b[200~\x1b[20\x1b[201~e", "[20e"},
    {"\x1b[200~\x1b[A\x03\x1b[201~\x1b[A", "[A" + name(Code::up)},
};

TEST(Keys, TheSameInPiecesOfAnySize) {
  for (const Case& c : kCases)
    for (size_t piece = 1; piece <= c.bytes.size(); ++piece)
      EXPECT_EQ(decoded(c.bytes, piece), c.keys) << "piece " << piece << " of " << c.bytes.substr(1);
}

TEST(Keys, TextOfOnePieceIsOneKey) {
  KeyDecoder decoder;
  std::vector<Key> keys;
  decoder.feed(std::string(100000, 'x') + "\x01", keys);
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].text.size(), 100000u);
}

TEST(Keys, EscapeAloneIsAKey) {
  KeyDecoder decoder;
  std::vector<Key> keys;
  decoder.feed("\x1b", keys);
  EXPECT_TRUE(decoder.within_escape());
  decoder.escape_alone(keys);
  decoder.escape_alone(keys);
  decoder.feed("b", keys);
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].code, Code::escape);
  EXPECT_EQ(keys[1].text, "b");
}

}  // namespace
}  // namespace straddle::terminal
