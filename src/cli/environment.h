// What the program takes from the environment beside options.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/environment.h"

namespace straddle::cli {

bool is_on(const std::string& value);  // empty, 0, f and false are off

// "$XDG_DATA_HOME/straddle/" or, without it, "~/.local/share/straddle/"; empty where HOME is not set
// either.
std::string data_folder();
std::string state_folder();  // $XDG_STATE_HOME, ~/.local/state
std::string cache_folder();  // $XDG_CACHE_HOME, ~/.cache

// For the man page: all that the program looks at; options have their own (options::Row::environment).
struct Variable {
  std::string_view name, help;
};
std::span<const Variable> variables();

}  // namespace straddle::cli
