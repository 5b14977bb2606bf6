#include "terminal/keyboard.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace straddle::terminal {

using Code = Key::Code;

void Keyboard::type(std::string_view bytes) {
  std::vector<Key> typed;
  decoder.feed(bytes, typed);
  std::move(typed.begin(), typed.end(), std::back_inserter(keys));
}

void Keyboard::put(Key key) {
  const bool joins = key.code == Code::text && !keys.empty() && keys.back().code == Code::text;
  if (joins)
    keys.back().text += key.text;
  else
    keys.push_back(std::move(key));
}

// An Enter that would have sent nothing is no line, nor is what would follow the last one.
void Keyboard::take_back_enters() {
  bool between = false;
  for (Key& key : std::exchange(keys, {})) {
    if (key.code == Code::enter) {
      between = !keys.empty();
      continue;
    }
    if (std::exchange(between, false)) put({Code::newline, {}});
    put(std::move(key));
  }
}

}  // namespace straddle::terminal
