// The keys of a chat, for /? and the man page; docs/terminal.md has all of them.
#pragma once
#include <span>
#include <string_view>

namespace straddle::cli {

struct Shortcut {
  std::string_view keys, help;
};
std::span<const Shortcut> shortcuts();

}  // namespace straddle::cli
