#include "terminal/keyboard.h"

#include <gtest/gtest.h>

namespace straddle::terminal {
namespace {

using Code = Key::Code;

// What was typed, '$' for Enter, '/' for a newline, '<' for another key; Enters taken back.
std::string taken_back(std::string_view typed) {
  Keyboard keyboard;
  std::vector<Key> keys;
  keyboard.decoder.feed(typed, keys);
  for (Key& key : keys) keyboard.put(std::move(key));
  keyboard.take_back_enters();
  std::string out;
  for (const Key& key : keyboard.keys)
    out += key.code == Code::text      ? key.text
           : key.code == Code::enter   ? "$"
           : key.code == Code::newline ? "/"
                                       : "<";
  return out;
}

TEST(Keyboard, TextIsOneKey) {
  Keyboard keyboard;
  for (const char* text : {"a", "b"}) keyboard.put({Code::text, text});
  ASSERT_EQ(keyboard.keys.size(), 1u);
  EXPECT_EQ(keyboard.keys[0].text, "ab");
}

TEST(Keyboard, EntersBecomeLinesOfOneMessage) {
  EXPECT_EQ(taken_back("one\rtwo\x1b[D\rthree"), "one/two</three");
  EXPECT_EQ(taken_back("\r\rone\r\rtwo\r"), "one/two");
  EXPECT_EQ(taken_back("\r"), "");
}

}  // namespace
}  // namespace straddle::terminal
