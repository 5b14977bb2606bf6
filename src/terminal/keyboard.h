// Keys that were typed and wait for a message to be read.
#pragma once
#include <deque>
#include <string_view>

#include "terminal/keys.h"

namespace straddle::terminal {

struct Keyboard {
  KeyDecoder decoder;  // may hold part of a key
  std::deque<Key> keys;

  void type(std::string_view bytes);
  void put(Key key);  // text joins the text before it
  // As if nothing had been sent yet: what stands between two Enters becomes a line of one message.
  void take_back_enters();
};

}  // namespace straddle::terminal
