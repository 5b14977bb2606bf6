// A message in the editor of a person's choice.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace straddle::terminal {

// Runs `command` with a file's name behind it on the terminal in, out; what is in the file afterwards,
// without the newlines at its end. The terminal must be in its usual mode.
Result<std::string> edit_outside(const std::vector<std::string>& command, std::string_view text, int in,
                                 int out);

}  // namespace straddle::terminal
